"""Kinds in which the learner puts things in order."""

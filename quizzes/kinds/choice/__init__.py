"""Kinds in which the learner picks options or lines."""

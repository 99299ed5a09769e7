"""Kinds in which the learner types a value."""

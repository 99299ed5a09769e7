"""Kinds whose grade needs more than the answer: a run's measure, or the learner's own marks."""

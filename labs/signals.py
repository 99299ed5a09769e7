"""Signals about runs, for other apps. They are sent after the commit; receivers may raise."""

from django.dispatch import Signal

run_ended = Signal()
"""A run reached its end, whatever the outcome: `run` (Run)."""

lab_passed = Signal()
"""A run passed all checks of its lab: `learner` (User), `slug` (the lab's), `run` (Run)."""

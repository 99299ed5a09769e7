"""News from the benches. Rooms above listen; nothing here knows who."""

from django.dispatch import Signal

run_ended = Signal()
"""A run reached its end, whatever the outcome: `run` (Run)."""

lab_passed = Signal()
"""A run passed all checks of its lab: `learner` (User), `slug` (the lab's), `run` (Run)."""

"""News from the answering room. Rooms above listen; nothing here knows who."""

from django.dispatch import Signal

quiz_passed = Signal()
"""An attempt reached the pass mark: `learner` (User), `slug` (the quiz's), `attempt` (Attempt)."""

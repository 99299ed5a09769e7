"""Signals of quizzes, for the apps above."""

from django.dispatch import Signal

quiz_passed = Signal()
"""An attempt reached its pass mark: `learner` (User), `slug` (the quiz's), `attempt` (Attempt).

Sent once for an attempt, after the commit and with `send_robust`: an exception in a receiver is logged and
changes no answer and no score.
"""

quizzes_changed = Signal()
"""What learners can see of a quiz changed (published, unpublished, rendered anew): `slug` (the quiz's).

Sent inside the transaction that makes the change, after the rows are saved. So a receiver that raises the
version of the content commits together with the change, and no cache holds an old page under a new version.
"""

"""A guest's runs become the user's."""

from __future__ import annotations

from accounts.merging import merger
from accounts.models import User
from labs.models import Run


@merger
def give_runs(guest: User, user: User) -> None:
    """Keys against doubled clicks are dropped: they have done their work, and both may have used the same one."""
    Run.objects.of(guest).update(learner=user, idempotency_key=None)

"""When a guest logs in, the guest's runs become the user's."""

from __future__ import annotations

from accounts.guests.merging import merger
from accounts.models import User
from labs.models import Run


@merger
def give_runs(guest: User, user: User) -> None:
    """Move the runs. Their idempotency keys are dropped, because the user may have used the same key, and the
    double click that a key guards against is long over.
    """
    Run.objects.of(guest).update(learner=user, idempotency_key=None)

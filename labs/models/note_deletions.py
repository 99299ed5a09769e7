"""Note in the audit log when a run is deleted with its learner's account before its end, because the run
may have started processes.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from labs.models import AuditEntry, Run
from labs.models.audit import Happening


@receiver(pre_delete, sender=Run)
def note_deletion(instance: Run, **_: Any) -> None:
    """Runs in the transaction of the deletion, so that neither happens without the other."""
    if not instance.has_ended:
        AuditEntry.objects.note(Happening.DELETED, instance)

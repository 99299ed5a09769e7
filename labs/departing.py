"""A run that is deleted with its learner's account before it ended is noted in the audit log: it may have begun."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from labs.models import AuditEntry, Run
from labs.models.audit import Happening


@receiver(pre_delete, sender=Run)
def note_deletion(instance: Run, **_: Any) -> None:
    """In the transaction of the deletion."""
    if not instance.has_ended:
        AuditEntry.objects.note(Happening.DELETED, instance)

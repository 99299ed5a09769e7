"""The audit log: who ran what. Entries outlive the run, its trace and the learner's account."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sandbox.protocol import Kind

if TYPE_CHECKING:
    from labs.models.run import Run

OF_THE_ROW = {
    "learner": "learner_id",
    "is_guest": "learner__is_guest",
    "lab": "lab__slug",
    "revision": "revision__digest",
    **{name: name for name in ("via", "address", "claim", "runner", "outcome", "reason", "queued_at")},
}
"""What an entry copies from the run's row in the database: name here -> field of the run."""


class Happening(models.TextChoices):
    CLAIMED = "claimed", _("claimed")
    ENDED = "ended", _("ended")
    DELETED = "deleted", _("deleted before its end")


class AppendOnly(TypeError):
    """Somebody tried to change the audit log."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **fields: Any) -> int:
        raise AppendOnly("entries are not changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries are deleted only by age: forget()")

    def forget(self, before: datetime) -> int:
        """Delete older entries; returns how many."""
        return super(AuditQuerySet, self.filter(at__lt=before)).delete()[0]

    def forget_addresses(self, before: datetime) -> int:
        """Blank the addresses of runs that were queued earlier; returns the number of entries."""
        return super(AuditQuerySet, self.filter(address__gt="", queued_at__lt=before)).update(address="")

    def note(self, what: Happening, run: Run, lines: list[str] | None = None) -> None:
        """Add an entry about a run with its values in the database. Call this in the transaction that changes
        the run. `lines` is the trace, if the run has one.
        """
        row = type(run)._default_manager.filter(pk=run.pk).values("claimed_at", *OF_THE_ROW.values()).get()
        now = timezone.now()
        self.create(
            what=what,
            run=run.pk,
            at=now,
            files=digest_of(run.files),
            seconds=(now - row["claimed_at"]).total_seconds()
            if row["runner"] and what != Happening.CLAIMED
            else None,
            commands=by_hand(lines or []),
            **{name: row[source] for name, source in OF_THE_ROW.items()},
        )


class AuditEntry(models.Model):
    """One event in the life of a run. An entry has no foreign keys, so that deleting another row never
    deletes an entry.

    `learner` is the primary key that the account had. `address` is the run's keyed hash of an address and is
    blanked when the run's is. `seconds` counts from the claim; None where no runner held the run. `commands`
    are those that the learner gave and that were carried out: `{"t", "action", "target"}`, `t` in seconds
    since the claim.
    """

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    what = models.CharField(_("what"), max_length=8, choices=Happening)
    run = models.UUIDField(_("run"), db_index=True)
    learner = models.BigIntegerField(_("learner"), db_index=True)
    is_guest = models.BooleanField(_("guest"))
    via = models.CharField(_("via"), max_length=8)
    address = models.CharField(_("address"), max_length=32, blank=True, default="")
    lab = models.CharField(_("lab"), max_length=50)
    revision = models.CharField(_("revision"), max_length=64)
    claim = models.PositiveSmallIntegerField(_("claim"))
    runner = models.CharField(_("runner"), max_length=100, blank=True, default="")
    files = models.CharField(_("digest of the changed files"), max_length=64, blank=True, default="")
    queued_at = models.DateTimeField(_("queued at"))
    outcome = models.CharField(_("outcome"), max_length=16, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    seconds = models.FloatField(_("seconds"), null=True, default=None)
    commands = models.JSONField(_("commands by hand"), default=list, blank=True)

    objects: ClassVar[AuditQuerySet] = AuditQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("audit log of runs")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["address", "queued_at"], name="audit_by_address")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.run} {self.what}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("entries are not changed")
        super().save(**options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries are deleted only by age")


def digest_of(files: dict[str, str]) -> str:
    """SHA-256 in hex of the files that differ from the starter, as JSON with sorted names; "" where no file
    differs.
    """
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest() if files else ""


def by_hand(lines: list[str]) -> list[dict[str, Any]]:
    """The commands in a trace that a learner gave."""
    events = (json.loads(line) for line in lines if f'"{Kind.COMMAND}"' in line)
    return [
        {"t": event["t"], "action": event["data"].get("action"), "target": event["data"].get("target")}
        for event in events
        if event["kind"] == Kind.COMMAND and event["data"].get("by") == "learner"
    ]

"""A run: what a learner starts, from the queue to its end. Every change of state is a method here.

The row is the queue, and it alone decides the state of a run. A runner that holds a run knows its `claim`. A
requeue raises the claim, so that the WHERE of a write by an earlier holder matches no row
(docs/decisions/the-row-is-the-queue.md).
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs.models.audit import AuditEntry, Happening
from labs.models.querysets import RunManager, RunQuerySet
from labs.models.trace import RunTrace
from labs.signals import lab_passed, run_ended
from sandbox.protocol import Outcome, RunRequest, State

LEASE = timedelta(seconds=10)
"""How long a runner may send nothing before its runs are requeued."""
DEATHS = 2
"""Deaths of runners or wardens after which a run ends as lost."""


def random_seed() -> int:
    return secrets.randbelow(1 << 31)


class Via(models.TextChoices):
    """How a run was started."""

    BROWSER = "browser", _("browser")
    TOKEN = "token", _("token")


class Run(models.Model):
    """One run of a lab by a learner. `files` holds only the files that differ from the starter, `knobs` the
    value of every knob.

    `checks` is a list of `{"id", "title", "verdict", "expected", "observed", "events"}`, `measures` maps a
    measure's id to a number or None. Both are empty until the end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="runs")
    lab = models.ForeignKey("labs.Lab", on_delete=models.PROTECT, related_name="runs")
    revision = models.ForeignKey("labs.LabRevision", on_delete=models.PROTECT, related_name="runs")
    files = models.JSONField(default=dict)
    knobs = models.JSONField(default=dict)
    prediction = models.JSONField(null=True, default=None)
    seed = models.PositiveIntegerField(default=random_seed)
    idempotency_key = models.CharField(max_length=100, null=True, default=None)  # noqa: DJ001 - unique where given
    via = models.CharField(max_length=8, choices=Via, default=Via.BROWSER)
    address = models.CharField(
        max_length=32, blank=True, default="", help_text="Keyed hash, for quotas; forgotten."
    )

    state = models.CharField(_("state"), max_length=8, choices=[(s, s) for s in State], default=State.QUEUED)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=[(o, o) for o in Outcome], blank=True, default=""
    )
    reason = models.TextField(_("reason"), blank=True, default="")
    claim = models.PositiveSmallIntegerField(default=1)
    deaths = models.PositiveSmallIntegerField(default=0)
    alone = models.BooleanField(
        default=False, help_text="Runs with nothing beside it, because it could not be judged otherwise."
    )
    runner = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, default=None)
    cancel_asked_at = models.DateTimeField(null=True, default=None)

    queued_at = models.DateTimeField(default=timezone.now)
    waiting_since = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, default=None)
    started_at = models.DateTimeField(null=True, default=None)
    ended_at = models.DateTimeField(null=True, default=None)

    checks = models.JSONField(default=list)
    measures = models.JSONField(default=dict)
    event_count = models.PositiveIntegerField(default=0)

    objects: ClassVar[RunManager] = RunManager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-queued_at"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "lab", "idempotency_key"], name="run_idempotency_key"),
            models.CheckConstraint(
                condition=models.Q(state=State.ENDED) ^ models.Q(outcome=""), name="run_outcome_when_ended"
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "queued_at"], condition=~models.Q(state=State.ENDED), name="run_live"
            ),
            models.Index(fields=["learner", "queued_at"], name="run_by_learner"),
            models.Index(fields=["address", "queued_at"], name="run_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_ended(self) -> bool:
        return self.state == State.ENDED

    @property
    def request(self) -> RunRequest:
        """What the sandbox needs to know about this run."""
        revision = self.revision
        return RunRequest(
            run=str(self.pk),
            claim=self.claim,
            seed=self.seed,
            environment=revision.definition["environment"],
            files={**revision.definition["files"], **self.files},
            processes=revision.processes,
            commands=revision.commands,
            knobs=self.knobs,
            limits=revision.limits,
            lab=self.lab.slug,
        )

    def _held(self) -> RunQuerySet:
        """The row, as long as this claim is the current one and the run has not ended."""
        held: RunQuerySet = Run.objects.filter(pk=self.pk, claim=self.claim).exclude(state=State.ENDED)
        return held

    def claim_for(self, runner: str) -> bool:
        """Claim the queued run for `runner` and note that in the audit log; False when the run is no longer
        queued, for example because another runner was first.
        """
        now = timezone.now()
        holder = {"runner": runner, "lease_until": now + LEASE, "claimed_at": now}
        with transaction.atomic():
            claimed = (
                self._held().filter(state=State.QUEUED).update(state=State.STARTING, reason="", **holder)
            )
            if claimed:
                AuditEntry.objects.note(Happening.CLAIMED, self)
        if claimed:
            self.state, self.runner, self.claimed_at = State.STARTING, runner, now
        return bool(claimed)

    def requeue(self, *, died: bool, reason: str = "", alone: bool = False) -> bool:
        """Put the run back into the queue, in its old place, with the next claim. `died` says that its runner
        or warden died, which a run survives once. `reason` tells the learner why the run waits.
        `alone` lets nothing run beside it, this time and later.

        False when another claim holds the run, or when it may not go back.
        """
        if died and self.deaths + 1 >= DEATHS:
            return False
        now = timezone.now()
        requeued = (
            self._held()
            .exclude(state=State.QUEUED)
            .filter(cancel_asked_at=None)
            .update(
                state=State.QUEUED,
                claim=self.claim + 1,
                deaths=self.deaths + died,
                alone=self.alone or alone,
                runner="",
                lease_until=None,
                started_at=None,
                reason=reason,
                woken_at=now,
                **({} if reason else {"waiting_since": now}),
            )
        )
        if requeued:
            self.state, self.claim, self.deaths = State.QUEUED, self.claim + 1, self.deaths + died
            self.alone = self.alone or alone
        return bool(requeued)

    def ask_cancel(self, reason: str) -> bool:
        """Note that the run has to end, and why. Its runner and the sweeper act on the note. False when the
        run has ended already.
        """
        return bool(self._held().update(cancel_asked_at=timezone.now(), reason=reason))

    def end(
        self,
        outcome: Outcome,
        reason: str = "",
        *,
        lines: list[str],
        checks: list[dict[str, Any]] | None = None,
        measures: dict[str, float | None] | None = None,
        only: State | None = None,
    ) -> bool:
        """Write the end, the whole trace and the audit log in one transaction, then send the signals.

        `lines` are all events with their `seq`, the last one `run-ended`. `only` names the state that the run
        must still be in. False, and nothing is written, when another claim holds the run or it has ended
        already.
        """
        written = {
            "state": State.ENDED,
            "outcome": outcome,
            "reason": reason,
            "ended_at": timezone.now(),
            "lease_until": None,
            "event_count": len(lines),
            "checks": checks or [],
            "measures": measures or {},
        }
        with transaction.atomic():
            held = self._held() if only is None else self._held().filter(state=only)
            if not held.update(**written):
                return False
            RunTrace.of(self, lines).save(force_insert=True)
            AuditEntry.objects.note(Happening.ENDED, self, lines)
            # Before the commit, because the receivers of the signals read them.
            for name, value in written.items():
                setattr(self, name, value)
            transaction.on_commit(self._send_signals, robust=True)
        return True

    def _send_signals(self) -> None:
        """Called after the commit. A receiver that raises is logged and undoes nothing."""
        run_ended.send_robust(Run, run=self)
        if self.outcome == Outcome.PASSED:
            lab_passed.send_robust(Run, learner=self.learner, slug=self.lab.slug, run=self)

"""A snapshot of the labs for operators: the queue, runners with their wardens, outcomes and waiting times.

Outcomes and waiting times come from the audit log, which is indexed by time and has runs of deleted accounts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from labs.live import heartbeats
from labs.models import AuditEntry, Run
from labs.models.audit import Happening
from labs.operations import readiness
from labs.valkey import Unreachable
from sandbox.protocol import Outcome, State, WardenStatus

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWEST = 2000
"""Most runs of the last day whose waiting times are read."""
OVERDUE = timedelta(seconds=15)
"""A lease that ended longer ago than this was seen by no sweep, because there is a sweep every 5 s."""
UPKEEP_LATE = timedelta(days=2)


@dataclass(frozen=True)
class Runner:
    """A runner whose heartbeat is `age` seconds old. `warden` is None where it does not reach its warden. It
    admits `limit` runs of at most `slots`, by the `lateness` of its timer in seconds.
    """

    name: str
    age: float
    running: int
    slots: int
    warden: WardenStatus | None
    limit: int
    lateness: float = 0.0

    @property
    def host(self) -> str:
        return self.name.rpartition("-")[0]


@dataclass(frozen=True)
class Queue:
    """The queue. `oldest` is how long the oldest queued run has waited, in seconds. `refusal` is why a warden
    last refused a run that waits. `overdue` counts runs whose lease ended and that were not requeued.
    """

    waiting: int
    starting: int
    running: int
    overdue: int
    oldest: float
    refusal: str

    @classmethod
    def now(cls) -> Queue:
        now = timezone.now()

        def of(state: State) -> Count:
            return Count("pk", filter=Q(state=state))

        live = Run.objects.live()
        found = live.aggregate(
            waiting=of(State.QUEUED),
            starting=of(State.STARTING),
            running=of(State.RUNNING),
            overdue=Count("pk", filter=Q(lease_until__lt=now - OVERDUE)),
            since=Min("waiting_since", filter=Q(state=State.QUEUED)),
        )
        since = found.pop("since")
        refused = (
            live.queued().exclude(reason="").order_by("-woken_at").values_list("reason", flat=True).first()
        )
        return cls(**found, oldest=(now - since).total_seconds() if since else 0.0, refusal=refused or "")


@dataclass(frozen=True)
class Waits:
    """Times from the button to the first event of the jail, in seconds; None where no run began."""

    number: int
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, seconds: list[float]) -> Waits:
        return cls(len(seconds), percentile(seconds, 0.5), percentile(seconds, 0.95))


@dataclass(frozen=True)
class StatusSnapshot:
    """Everything at one moment. `valkey` and `parts` hold "ok" or a few words on what is wrong.
    `upkeep_age` is the age of the last sweep by beat and worker in seconds; None when it is too old to be
    known.
    """

    queue: Queue
    parts: dict[str, str]
    valkey: str
    runners: list[Runner]
    gone: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    hour: Waits
    day: Waits
    upkeep_age: float | None
    upkeep_is_late: bool
    at: datetime = field(default_factory=timezone.now)

    @property
    def room(self) -> int:
        """How many runs could begin now: on each host that makes jails, the free slots of its runners, but
        not more than its warden accepts.
        """
        return sum(
            self._room_on(host, warden) for host, warden in self.wardens.items() if warden.mode == "jail"
        )

    def _room_on(self, host: str, warden: WardenStatus) -> int:
        free = sum(max(0, one.limit - one.running) for one in self.runners if one.host == host and one.warden)
        return min(free, max(0, warden.most - warden.running)) if warden.most else free

    @property
    def wardens(self) -> dict[str, WardenStatus]:
        """Host -> the status of its warden."""
        return {runner.host: runner.warden for runner in self.runners if runner.warden}


def take_snapshot() -> StatusSnapshot:
    """Collect a snapshot. Parts that cannot be reached are reported, not raised; only the database raises."""
    valkey, runners, upkeep_age = _heartbeats()
    hour, day = _waits()
    return StatusSnapshot(
        queue=Queue.now(),
        parts=readiness.readiness(),
        valkey=valkey,
        runners=runners,
        gone=_gone({runner.name for runner in runners}) if valkey == "ok" else [],
        outcomes=_outcomes(),
        hour=hour,
        day=day,
        upkeep_age=upkeep_age,
        upkeep_is_late=_upkeep_is_late(),
    )


def percentile(values: list[float], share: float) -> float | None:
    """The nearest-rank percentile: of the n values in order, the one at rank ceil(share * n). `share` is
    above 0 and at most 1. None if there are no values.
    """
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else None


def _heartbeats() -> tuple[str, list[Runner], float | None]:
    """The state of Valkey, the runners with a fresh heartbeat, and the age of the last sweep."""
    try:
        found = heartbeats.fresh_runners()
        ages = heartbeats.ages(list(found))
        upkeep_age = heartbeats.upkeep_age()
    except Unreachable as error:
        return readiness.failure_words(error), [], None
    runners = [
        Runner(
            name=name,
            age=ages.get(name, float(heartbeats.FRESH)),
            running=report["running"],
            slots=report["slots"],
            warden=WardenStatus.from_json(report["warden"]) if report["warden"] else None,
            # A runner of an earlier version, during an update, sends neither.
            limit=report.get("limit", report["slots"]),
            lateness=report.get("lateness", 0.0),
        )
        for name, report in found.items()
    ]
    return "ok", runners, upkeep_age


def _gone(fresh: set[str]) -> list[dict[str, Any]]:
    """Runners that claimed runs in the last hour and send no heartbeat now: `runner`, the `number` of its
    claims and the time of the `last` one.
    """
    claims = AuditEntry.objects.filter(what=Happening.CLAIMED, at__gt=timezone.now() - HOUR).order_by()
    claimed = claims.values("runner").annotate(number=Count("pk"), last=Max("at")).order_by("-last")
    return [row for row in claimed if row["runner"] not in fresh]


def _outcomes() -> list[dict[str, Any]]:
    """Each outcome with the number of runs that ended so in the last `hour` and `day`."""
    now = timezone.now()
    ends = AuditEntry.objects.filter(what=Happening.ENDED, at__gt=now - DAY).order_by().values("outcome")
    found = {
        row["outcome"]: row
        for row in ends.annotate(day=Count("pk"), hour=Count("pk", filter=Q(at__gt=now - HOUR)))
    }
    return [found.get(outcome, {"outcome": str(outcome), "day": 0, "hour": 0}) for outcome in Outcome]


def _waits() -> tuple[Waits, Waits]:
    """Waiting times of the runs that were claimed in the last hour, and in the last day."""
    now = timezone.now()
    claims = AuditEntry.objects.filter(what=Happening.CLAIMED, claim=1, at__gt=now - DAY)
    newest = list(claims.values_list("run", flat=True)[:NEWEST])
    begun = Run.objects.filter(pk__in=newest, started_at__isnull=False).values_list("queued_at", "started_at")
    waits = [(started, (started - queued).total_seconds()) for queued, started in begun]
    return Waits.of([wait for at, wait in waits if at > now - HOUR]), Waits.of([wait for _, wait in waits])


def _upkeep_is_late() -> bool:
    """Is there an entry that the nightly upkeep should have deleted?"""
    days = timedelta(days=settings.LABS_AUDIT_DAYS) + UPKEEP_LATE
    return AuditEntry.objects.filter(at__lt=timezone.now() - days).exists()

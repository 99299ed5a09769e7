"""What operators want to know of the labs now: the queue, runners with their wardens, ends and waits of the last day.

Ends and waits are found by the audit log, which is indexed by time and knows runs whose account has gone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from labs import health
from labs.models import AuditEntry, Run
from labs.models.audit import Happening
from labs.valkey import Unreachable
from sandbox.protocol import Outcome, State, WardenStatus

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWEST = 2000
"""Runs of the last day whose waits are looked at."""
OVERDUE = timedelta(seconds=15)
"""A lease that lapsed so long ago was seen by no sweep: there is one every 5 s."""
UPKEEP_LATE = timedelta(days=2)


@dataclass(frozen=True)
class Runner:
    """A runner with a fresh heartbeat, `age` seconds old; `warden` is None where it does not reach its warden."""

    name: str
    age: float
    running: int
    slots: int
    warden: WardenStatus | None

    @property
    def host(self) -> str:
        return self.name.rpartition("-")[0]


@dataclass(frozen=True)
class Queue:
    """`oldest` is the wait of the longest waiting run in seconds; `refusal` what a warden last said of one that waits;
    `overdue` counts runs whose runner fell silent and that nobody took back."""

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
        refused = live.queued().exclude(reason="").order_by("-woken_at").values_list("reason", flat=True).first()
        return cls(**found, oldest=(now - since).total_seconds() if since else 0.0, refusal=refused or "")


@dataclass(frozen=True)
class Waits:
    """From the button to the first word of the jail, in seconds; None where no run began."""

    number: int
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, seconds: list[float]) -> Waits:
        return cls(len(seconds), percentile(seconds, 0.5), percentile(seconds, 0.95))


@dataclass(frozen=True)
class Vitals:
    """All of it, looked at once. `valkey` and `parts` hold "ok" or a few words on what is wrong; `upkeep_age` is that of the
    last sweep by beat and worker in seconds, None when it is too old to be known."""

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
        """Runs that could begin at once: of each host that makes jails, as many as its runners have free slots for and its one
        warden takes."""
        return sum(self._room_on(host, warden) for host, warden in self.wardens.items() if warden.mode == "jail")

    def _room_on(self, host: str, warden: WardenStatus) -> int:
        free = sum(max(0, one.slots - one.running) for one in self.runners if one.host == host and one.warden)
        return min(free, max(0, warden.most - warden.running)) if warden.most else free

    @property
    def wardens(self) -> dict[str, WardenStatus]:
        """Host -> what its warden says of itself."""
        return {runner.host: runner.warden for runner in self.runners if runner.warden}


def look() -> Vitals:
    """Ask everybody; whoever is away is said to be. Raises only what the database raises."""
    valkey, runners, upkeep_age = _heartbeats()
    hour, day = _waits()
    return Vitals(
        queue=Queue.now(),
        parts=health.readiness(),
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
    """The nearest rank; None of nothing."""
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else None


def _heartbeats() -> tuple[str, list[Runner], float | None]:
    """How Valkey is, who has a fresh heartbeat there, and how old that of the upkeep is."""
    try:
        found = health.fresh_runners()
        ages = health.ages(list(found))
        upkeep_age = health.upkeep_age()
    except Unreachable as error:
        return health.words_of(error), [], None
    runners = [
        Runner(
            name=name,
            age=ages.get(name, float(health.FRESH)),
            running=said["running"],
            slots=said["slots"],
            warden=WardenStatus.from_json(said["warden"]) if said["warden"] else None,
        )
        for name, said in found.items()
    ]
    return "ok", runners, upkeep_age


def _gone(fresh: set[str]) -> list[dict[str, Any]]:
    """Runners that took runs in the last hour and are silent now: `runner`, `number` of claims, `last` of them."""
    claims = AuditEntry.objects.filter(what=Happening.CLAIMED, at__gt=timezone.now() - HOUR).order_by()
    taken = claims.values("runner").annotate(number=Count("pk"), last=Max("at")).order_by("-last")
    return [row for row in taken if row["runner"] not in fresh]


def _outcomes() -> list[dict[str, Any]]:
    """Each outcome with how often runs ended so in the last `hour` and `day`."""
    now = timezone.now()
    ends = AuditEntry.objects.filter(what=Happening.ENDED, at__gt=now - DAY).order_by().values("outcome")
    found = {
        row["outcome"]: row for row in ends.annotate(day=Count("pk"), hour=Count("pk", filter=Q(at__gt=now - HOUR)))
    }
    return [found.get(outcome, {"outcome": str(outcome), "day": 0, "hour": 0}) for outcome in Outcome]


def _waits() -> tuple[Waits, Waits]:
    """Of the runs that were claimed in the last hour, and in the last day."""
    now = timezone.now()
    claims = AuditEntry.objects.filter(what=Happening.CLAIMED, attempt=1, at__gt=now - DAY)
    newest = list(claims.values_list("run", flat=True)[:NEWEST])
    begun = Run.objects.filter(pk__in=newest, started_at__isnull=False).values_list("queued_at", "started_at")
    waits = [(started, (started - queued).total_seconds()) for queued, started in begun]
    return Waits.of([wait for at, wait in waits if at > now - HOUR]), Waits.of([wait for _, wait in waits])


def _upkeep_is_late() -> bool:
    """Is there something that the nightly upkeep should have forgotten?"""
    days = timedelta(days=settings.LABS_AUDIT_DAYS) + UPKEEP_LATE
    return AuditEntry.objects.filter(at__lt=timezone.now() - days).exists()

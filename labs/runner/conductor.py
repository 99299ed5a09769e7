"""Conduct one run: submit it to the warden, record its events, judge it, write its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection as database
from django.utils.translation import gettext_noop

from labs.catalog import local_folder
from labs.judging.evaluation import Checks, Judgement, judge, untested
from labs.judging.lateness import Lateness
from labs.live import stream
from labs.live.stream import Fenced
from labs.models import Run
from labs.runner.event_log import EventLog, run_ended, run_started
from labs.runner.warden_client import Connection, NotAnEvent, WardenEvent, WardenGone, event_body
from labs.runs.ending import STOPPED, requeue_or_end, run_again_alone
from labs.valkey import Unreachable
from sandbox.protocol import End, Kind, Outcome, RunEnd

log = logging.getLogger(__name__)
AFTER_WALL = 22.0
"""Seconds after a run's wall limit at which the runner ends the run. The warden may let it wait for a jail
before the wall clock starts, and a warden that was stopped never reports an end.
"""
END_PATIENCE = 10.0
"""Seconds for which the runner tries to write an end: to the database, and then again to the stream."""
OUTCOMES = {
    End.ERROR: Outcome.ERROR,
    End.TIMED_OUT: Outcome.TIMED_OUT,
    End.OVER_LIMIT: Outcome.OVER_LIMIT,
    End.CANCELLED: Outcome.CANCELLED,
}
LATE = gettext_noop("The run did not end in time.")
NO_CHECKS = Checks([], [])


class RunnerStops(Exception):
    """The runner stops. The run goes back to the queue."""


class WardenRefused(Exception):
    """The warden did not accept the run. The text is the warden's reason."""


@dataclass
class Conductor:
    """One claimed run. One thread calls `conduct`; other threads call `forward`, `release` and `abandon`.

    `on_running` is called once, at the first event from the jail; `on_warden_gone` is called before the run
    goes back to the queue because the warden is gone.
    """

    run: Run
    connection: Connection
    on_running: Callable[[], None]
    on_warden_gone: Callable[[], None]
    began: float = field(default_factory=time.monotonic)
    is_running: bool = False
    _cancelled_because: str | None = None
    _released: bool = False
    _abandoned: bool = False
    _refusal: str = ""

    def __post_init__(self) -> None:
        self.event_log = EventLog(self.run.pk, self.run.claim, began=self.began)
        self.deadline = self.began + self.run.revision.limits.wall + AFTER_WALL
        found = local_folder.local(self.run.lab.slug)
        self._checks = found.checks if found else NO_CHECKS

    @property
    def key(self) -> tuple[Any, int]:
        return self.run.pk, self.run.claim

    @property
    def is_stuck(self) -> bool:
        """Is the run far beyond its time limit? Its lease is then no longer renewed, so that the sweeper
        requeues it.
        """
        return time.monotonic() > self.deadline + 1

    def forward(self, message: dict[str, Any]) -> None:
        """Send a command, or the request to cancel, to the warden."""
        if message.get("op") == "cancel":
            self._cancelled_because = message.get("reason", STOPPED)
            message = {"op": "cancel"}  # the jail does not need the reason
        try:
            self.connection.send(message)
        except WardenGone as error:
            log.info("a message to run %s came too late: %s", self.run.pk, error)

    def release(self) -> None:
        """Give the run back, because the runner stops."""
        self._released = True
        self.connection.wake()

    def abandon(self) -> None:
        """Stop writing, because another claim has begun."""
        self._abandoned = True
        self.connection.wake()

    def conduct(self) -> None:
        """Follow the run from the claim to its end, or until another claim holds it. Raises
        `WardenRefused`.
        """
        try:
            with self.connection:
                self.connection.submit(self.run.request)
                self.event_log.write(run_started(self.run.seed, self.run.knobs))
                end = self._listen()
            self._judge_and_write(end)
        except Fenced:
            log.warning("run %s, claim %s: a later claim holds the run now", *self.key)
        except RunnerStops:
            requeue_or_end(self.run, died=False)
        except WardenRefused as refusal:
            requeue_or_end(self.run, died=False, reason=str(refusal))
            raise
        except WardenGone as error:
            log.warning("the warden of run %s has gone: %s", self.run.pk, error)
            self.on_warden_gone()
            requeue_or_end(self.run, died=True)

    def _listen(self) -> RunEnd:
        """Record events until the warden reports how the run ended."""
        while True:
            if self._abandoned:
                raise Fenced
            if self._released:
                raise RunnerStops
            left = self.deadline - time.monotonic()
            if left <= 0:
                return RunEnd(End.TIMED_OUT, LATE)
            try:
                messages = self.connection.read(min(left, 0.2) if self.event_log.pending else left)
            except WardenGone:
                if self._refusal and not self.is_running:
                    raise WardenRefused(self._refusal) from None
                raise
            if (end := self._record(messages)) is not None:
                return end
            if self.event_log.pending:
                self.event_log.flush()

    def _record(self, messages: list[dict[str, Any]]) -> RunEnd | None:
        """Record a batch of messages in one write. Returns the end if it is among them."""
        bodies: list[str] = []
        end = None
        for message in messages:
            if "event" in message:
                self._take_event(message["event"], bodies)
            elif "refused" in message and not self.is_running:
                self._refusal = str(message["refused"])
            elif "refused" in message:
                bodies.append(stream.run_event(Kind.LOG, text=str(message["refused"])[:500], refused=True))
            elif "end" in message:
                end = self._read_end(message["end"])
        if bodies:
            self.event_log.write(*bodies)
        return end

    def _take_event(self, event: WardenEvent, bodies: list[str]) -> None:
        try:
            kind, body = event_body(event)
        except NotAnEvent as error:
            log.warning("run %s: an event was dropped: %s", self.run.pk, error)
            self.event_log.count_cut()
            return
        if not self.is_running:
            self.is_running = True
            self.on_running()
        if self.event_log.take_or_cut(kind, body):
            bodies.append(body)

    def _read_end(self, raw: Any) -> RunEnd:
        try:
            outcome, reason = End(raw["outcome"]), str(raw.get("reason") or "")
        except (TypeError, KeyError, ValueError) as error:
            raise WardenGone("the warden reported an end that cannot be read") from error
        # Nobody asked for this cancel, so the warden itself is stopping, and ends its jails.
        if outcome is End.CANCELLED and self._cancelled_because is None:
            raise WardenGone(reason or "the run was cancelled by the warden")
        lateness = raw.get("lateness")
        return RunEnd(outcome, reason, lateness if isinstance(lateness, dict) else {})

    def _judge_and_write(self, end: RunEnd) -> None:
        """Judge the run, write the row with the whole trace, then publish the end to watchers. A run that the
        machine was too busy to judge goes back to the queue once, to run alone.
        """
        reason = end.reason
        if self.event_log.cut:
            self.event_log.write(
                stream.run_event(
                    Kind.DROPPED, counts={"over the caps": self.event_log.cut}, total=self.event_log.cut
                )
            )
        if self._cancelled_because is not None and end.outcome is End.CANCELLED:
            reason = self._cancelled_because
        judged = self._judgement(end, reason)
        if judged.outcome is Outcome.NOT_JUDGED and run_again_alone(self.run):
            return
        self.event_log.note(run_ended(judged.outcome, reason, end.lateness))
        lines = self.event_log.lines
        if self._write_end(judged, reason, lines):
            self._publish_end()

    def _judgement(self, end: RunEnd, reason: str) -> Judgement:
        if end.outcome is End.FINISHED:
            lateness = Lateness.from_json(end.lateness)
            return judge(self._checks, self.event_log.events, self.run.knobs, lateness)
        return Judgement(OUTCOMES[end.outcome], untested(self.run.revision.definition, reason), {})

    def _write_end(self, judged: Judgement, reason: str, lines: list[str]) -> bool:
        """Write the end in one transaction; try again while the database is unavailable."""
        until = time.monotonic() + END_PATIENCE
        while True:
            try:
                return self.run.end(
                    judged.outcome, reason, lines=lines, checks=judged.checks, measures=judged.measures
                )
            except DatabaseError:
                if time.monotonic() > until:
                    log.exception("the end of run %s was not written; the run starts again", self.run.pk)
                    return False
                database.close()
                time.sleep(0.5)

    def _publish_end(self) -> None:
        until = time.monotonic() + END_PATIENCE
        while not self.event_log.flush(now_or_never=True, keep=stream.KEEP_ENDED):
            if time.monotonic() > until or self._released:
                log.warning(
                    "the stream of run %s has no end; watchers read it from the database", self.run.pk
                )
                return
            time.sleep(0.1)
        try:
            stream.expire_streams(self.run.pk)
        except Unreachable as error:
            log.info("the stream of run %s expires later: %r", self.run.pk, error)

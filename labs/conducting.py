"""Conduct one run: hand it to the warden, take its events down, judge it, write its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection as database
from django.utils.translation import gettext_noop

from labs import folder, stream
from labs.ending import STOPPED, give_back
from labs.evaluation import Checks, Judgement, judge, untested
from labs.journal import Journal, run_ended, run_started
from labs.models import Run
from labs.stream import Fenced
from labs.valkey import Unreachable
from labs.warden_client import Connection, Malformed, WardenGone, event_body
from sandbox.protocol import End, Kind, Outcome

log = logging.getLogger(__name__)
AFTER_WALL = 22.0
"""Seconds over a run's wall limit after which the runner ends it: a warden lets it wait for a jail, and may be stopped."""
END_PATIENCE = 10.0
"""Seconds for which the end of a run is tried to be written, to the database and then to the stream."""
OUTCOMES = {
    End.ERROR: Outcome.ERROR,
    End.TIMED_OUT: Outcome.TIMED_OUT,
    End.OVER_LIMIT: Outcome.OVER_LIMIT,
    End.CANCELLED: Outcome.CANCELLED,
}
LATE = gettext_noop("The run did not end in its time.")
NO_CHECKS = Checks([], [])


class HandBack(Exception):
    """The runner stops, the run goes back to the queue."""


class NotTaken(Exception):
    """The warden would not take the run; the text is its sentence."""


@dataclass
class Conductor:
    """One claimed run. `conduct` belongs to one thread; `pass_on`, `hand_back` and `abandon` come from others.

    `on_running` is called once, when the first word comes from the jail, `on_warden_gone` before the run is given back for
    want of a warden.
    """

    run: Run
    connection: Connection
    on_running: Callable[[], None]
    on_warden_gone: Callable[[], None]
    began: float = field(default_factory=time.monotonic)
    is_running: bool = False
    _cancelled_because: str | None = None
    _handing_back: bool = False
    _abandoned: bool = False
    _refusal: str = ""

    def __post_init__(self) -> None:
        self.journal = Journal(self.run.pk, self.run.attempt, began=self.began)
        self.deadline = self.began + self.run.revision.limits.wall + AFTER_WALL
        found = folder.local(self.run.lab.slug)
        self._checks = found.checks if found else NO_CHECKS

    @property
    def key(self) -> tuple[Any, int]:
        return self.run.pk, self.run.attempt

    @property
    def is_stuck(self) -> bool:
        """Long after its time: its lease is not renewed any more, so that the sweeper takes the run."""
        return time.monotonic() > self.deadline + 1

    def pass_on(self, message: dict[str, Any]) -> None:
        """A command, or the wish to cancel."""
        if message.get("op") == "cancel":
            self._cancelled_because = message.get("reason", STOPPED)
            message = {"op": "cancel"}  # the reason is no business of the jail's
        try:
            self.connection.send(message)
        except WardenGone as error:
            log.info("a message to run %s was too late: %s", self.run.pk, error)

    def hand_back(self) -> None:
        """The runner stops."""
        self._handing_back = True
        self.connection.wake()

    def abandon(self) -> None:
        """Another attempt has begun."""
        self._abandoned = True
        self.connection.wake()

    def conduct(self) -> None:
        """From the claim to the end, or to the moment when the run is not ours any more. Raises `NotTaken`."""
        try:
            with self.connection:
                self.connection.submit(self.run.request)
                self.journal.write(run_started(self.run.seed, self.run.knobs))
                outcome, reason = self._listen()
            self._end(outcome, reason)
        except Fenced:
            log.warning("run %s, attempt %s, was taken over", *self.key)
        except HandBack:
            give_back(self.run, died=False)
        except NotTaken as refusal:
            give_back(self.run, died=False, reason=str(refusal))
            raise
        except WardenGone as error:
            log.warning("the warden of run %s has gone: %s", self.run.pk, error)
            self.on_warden_gone()
            give_back(self.run, died=True)

    def _listen(self) -> tuple[End, str]:
        """Until the warden says how it ended."""
        while True:
            if self._abandoned:
                raise Fenced
            if self._handing_back:
                raise HandBack
            left = self.deadline - time.monotonic()
            if left <= 0:
                return End.TIMED_OUT, LATE
            try:
                messages = self.connection.read(min(left, 0.2) if self.journal.pending else left)
            except WardenGone:
                if self._refusal and not self.is_running:
                    raise NotTaken(self._refusal) from None
                raise
            if (end := self._take(messages)) is not None:
                return end
            if self.journal.pending:
                self.journal.flush()

    def _take(self, messages: list[dict[str, Any]]) -> tuple[End, str] | None:
        """Take down what came, in one step; the end, when it came, too."""
        bodies: list[str] = []
        end = None
        for message in messages:
            if "event" in message:
                self._event(message["event"], bodies)
            elif "refused" in message and not self.is_running:
                self._refusal = str(message["refused"])
            elif "refused" in message:
                bodies.append(stream.body(Kind.LOG, text=str(message["refused"])[:500], refused=True))
            elif "end" in message:
                end = self._end_of(message["end"])
        if bodies:
            self.journal.write(*bodies)
        return end

    def _event(self, raw: Any, bodies: list[str]) -> None:
        try:
            kind, body = event_body(raw)
        except Malformed as error:
            log.warning("run %s: an event was dropped: %s", self.run.pk, error)
            self.journal.cut += 1
            return
        if not self.is_running:
            self.is_running = True
            self.on_running()
        if self.journal.room_for(kind, body):
            bodies.append(body)

    def _end_of(self, raw: Any) -> tuple[End, str]:
        try:
            outcome, reason = End(raw["outcome"]), str(raw.get("reason") or "")
        except (TypeError, KeyError, ValueError) as error:
            raise WardenGone("an end that is none") from error
        if outcome is End.CANCELLED and self._cancelled_because is None:
            raise WardenGone(reason or "the run was cancelled by the warden")
        return outcome, reason

    def _end(self, outcome: End, reason: str) -> None:
        """Judge, write the row with the whole trace, then tell the watchers."""
        if self.journal.cut:
            self.journal.write(
                stream.body(Kind.DROPPED, counts={"over the caps": self.journal.cut}, total=self.journal.cut)
            )
        if self._cancelled_because is not None and outcome is End.CANCELLED:
            reason = self._cancelled_because
        judged = self._judgement(outcome, reason)
        self.journal.note(run_ended(judged.outcome, reason))
        lines = self.journal.lines
        if self._write_end(judged, reason, lines):
            self._tell_the_stream()

    def _judgement(self, outcome: End, reason: str) -> Judgement:
        if outcome is End.FINISHED:
            return judge(self._checks, self.journal.events, self.run.knobs)
        return Judgement(OUTCOMES[outcome], untested(self.run.revision.definition, reason), {})

    def _write_end(self, judged: Judgement, reason: str, lines: list[str]) -> bool:
        """The one write; a database that is away for a moment is asked again."""
        until = time.monotonic() + END_PATIENCE
        while True:
            try:
                return self.run.end(judged.outcome, reason, lines=lines, checks=judged.checks, measures=judged.measures)
            except DatabaseError:
                if time.monotonic() > until:
                    log.exception("the end of run %s could not be written; it will be run again", self.run.pk)
                    return False
                database.close()
                time.sleep(0.5)

    def _tell_the_stream(self) -> None:
        until = time.monotonic() + END_PATIENCE
        while not self.journal.flush(now_or_never=True, keep=stream.KEEP_ENDED):
            if time.monotonic() > until or self._handing_back:
                log.warning("watchers of run %s learn of its end from the database", self.run.pk)
                return
            time.sleep(0.1)
        try:
            stream.expire(self.run.pk)
        except Unreachable as error:
            log.info("the stream of run %s goes later: %r", self.run.pk, error)

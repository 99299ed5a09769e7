"""What a runner does beside its runs: leases, heartbeats, sweeps while it is idle, and the grace at its end."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import connection as database
from django.utils import timezone

from labs import health, warden_client
from labs.models import Run
from labs.models.run import LEASE
from labs.sweeping import sweep, wake_queued
from labs.valkey import Unreachable
from sandbox.protocol import State

if TYPE_CHECKING:
    from labs.runner import Runner

log = logging.getLogger(__name__)
TICK = 1.0
RENEW_EVERY, BEAT_EVERY, SWEEP_EVERY = 3.0, 2.0, 5.0
LOOK_FOR_WARDEN_EVERY = 0.5
LOOK_EVERY = 2.0
NOT_TAKEN_FOR = timedelta(seconds=2)
GRACE = 1.0
"""Seconds that runs may still take to end after SIGTERM, before they are handed back: supervisors kill after 3."""


class Keeper(threading.Thread):
    """One thread a runner. It alone writes leases and `running`, so that conducting never waits for the database."""

    def __init__(self, runner: Runner) -> None:
        super().__init__(name="keeper", daemon=True)
        self._runner = runner
        self._poked = threading.Event()
        self._done = {"renew": 0.0, "beat": 0.0, "look": time.monotonic(), "sweep": time.monotonic()}
        self._noted: set[tuple[object, int]] = set()
        self._stop_at: float | None = None
        self.warden_was_away = False

    def poke(self) -> None:
        """Something has happened that is to be written now."""
        self._poked.set()

    def miss_the_warden(self) -> None:
        """It did not answer, or left a run: look for it more often, and take up what waits when it is back."""
        self.warden_was_away = True
        self.poke()

    def run(self) -> None:
        while not self._runner.ended.is_set():
            self._poked.wait(self._patience)
            self._poked.clear()
            try:
                self.round()
            except (DatabaseError, *Unreachable) as error:
                log.warning("the keeper tries again: %r", error)
                database.close()
            except Exception:
                log.exception("the keeper tries again")
        database.close()

    @property
    def _patience(self) -> float:
        """Seconds until it is time to look again."""
        if self._runner.stopping.is_set():
            return 0.1
        return LOOK_FOR_WARDEN_EVERY if self.warden_was_away else TICK

    def round(self) -> None:
        """Do what is due."""
        self._note_running()
        if self._runner.stopping.is_set():
            self._stop()
        if self._is_due("renew", RENEW_EVERY):
            self._renew()
        if (
            self._is_due("beat", LOOK_FOR_WARDEN_EVERY if self.warden_was_away else BEAT_EVERY)
            and not self._runner.stopping.is_set()
        ):
            self._beat()
        if not self._runner.has_room:
            return
        if self._is_due("look", LOOK_EVERY):
            self._look_at_the_queue()
        if not self._runner.conductors and self._is_due("sweep", SWEEP_EVERY):
            sweep()

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now - self._done[what] < every:
            return False
        self._done[what] = now
        return True

    def _note_running(self) -> None:
        """starting -> running, once an attempt."""
        live = {conductor.key: conductor for conductor in self._runner.conductors}
        self._noted &= set(live)
        for key, conductor in live.items():
            if conductor.is_running and key not in self._noted:
                begun = Run.objects.filter(pk=key[0], attempt=key[1], state=State.STARTING)
                begun.update(state=State.RUNNING, started_at=timezone.now())
                self._noted.add(key)

    def _renew(self) -> None:
        """Renew leases; find out which runs shall end and which are not ours any more."""
        live = {conductor.key: conductor for conductor in self._runner.conductors if not conductor.is_stuck}
        if not live:
            return
        held, cancelled = Run.objects.renew(list(live), LEASE)
        for key, conductor in live.items():
            if key[0] in cancelled:
                conductor.pass_on({"op": "cancel", "reason": cancelled[key[0]]})
            elif key[0] not in held:
                conductor.abandon()

    def _beat(self) -> None:
        """Say that we live; when the warden is back, take up what waits."""
        status = warden_client.status()
        running = len(self._runner.conductors)
        health.heartbeat(self._runner.name, status, running=running, slots=self._runner.slots)
        if status is None:
            self.warden_was_away = True
        elif self.warden_was_away:
            self.warden_was_away = False
            wake_queued(Run.objects.queued())

    def _look_at_the_queue(self) -> None:
        """Take what nobody took although there is room: its message was lost, or the broker is away."""
        if not self.warden_was_away and Run.objects.asleep(timezone.now(), NOT_TAKEN_FOR).exists():
            self._runner.work_aside()

    def _stop(self) -> None:
        if self._stop_at is None:
            self._stop_at = time.monotonic() + GRACE
            try:
                health.farewell(self._runner.name)
            except Unreachable as error:
                log.info("the heartbeat ends by itself: %r", error)
        if time.monotonic() >= self._stop_at:
            for conductor in self._runner.conductors:
                conductor.hand_back()

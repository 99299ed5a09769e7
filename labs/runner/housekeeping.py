"""What a runner does beside its runs: renew leases, send heartbeats, sweep while idle, release runs at
the end.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import connection as database
from django.utils import timezone

from labs.live import heartbeats
from labs.models import Run
from labs.models.run import LEASE
from labs.runner import warden_client
from labs.runs.sweeping import sweep, wake_queued
from labs.valkey import Unreachable
from sandbox.protocol import State

if TYPE_CHECKING:
    from labs.runner.runner import Runner

log = logging.getLogger(__name__)
TICK = 1.0
RENEW_EVERY, BEAT_EVERY, SWEEP_EVERY = 3.0, 2.0, 5.0
LOOK_FOR_WARDEN_EVERY = 0.5
LOOK_EVERY = 2.0
UNCLAIMED_FOR = timedelta(seconds=2)
GRACE = 1.0
"""Seconds for which runs may go on after SIGTERM before they go back to the queue. Process supervisors send
SIGKILL after 3 s.
"""


class Housekeeping(threading.Thread):
    """One thread for each runner. Only this thread renews leases and writes the state `running`, so that
    conducting does not wait for the database. `Run.claim_for` writes the first lease.
    """

    def __init__(self, runner: Runner) -> None:
        super().__init__(name="housekeeping", daemon=True)
        self._runner = runner
        self._woken = threading.Event()
        self._done = {"renew": 0.0, "beat": 0.0, "look": time.monotonic(), "sweep": time.monotonic()}
        self._noted: set[tuple[object, int]] = set()
        self._stop_at: float | None = None
        self.warden_was_away = False

    def wake(self) -> None:
        """Do the next round now instead of after the wait."""
        self._woken.set()

    def note_warden_away(self) -> None:
        """The warden did not respond, or dropped a run: look for it more often, and claim runs when it is
        back.
        """
        self.warden_was_away = True
        self.wake()

    def run(self) -> None:
        while not self._runner.ended.is_set():
            self._woken.wait(self._wait_seconds)
            self._woken.clear()
            try:
                self.round()
            except (DatabaseError, *Unreachable) as error:
                log.warning("the housekeeping tries again: %r", error)
                database.close()
            except Exception:
                log.exception("the housekeeping tries again")
        database.close()

    @property
    def _wait_seconds(self) -> float:
        """Seconds until the next round."""
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
            self._claim_what_waits()
        if not self._runner.conductors and self._is_due("sweep", SWEEP_EVERY):
            sweep()

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now - self._done[what] < every:
            return False
        self._done[what] = now
        return True

    def _note_running(self) -> None:
        """Change `starting` to `running`, once for each claim."""
        live = {conductor.key: conductor for conductor in self._runner.conductors}
        self._noted &= set(live)
        for key, conductor in live.items():
            if conductor.is_running and key not in self._noted:
                begun = Run.objects.filter(pk=key[0], claim=key[1], state=State.STARTING)
                begun.update(state=State.RUNNING, started_at=timezone.now())
                self._noted.add(key)

    def _renew(self) -> None:
        """Renew leases. Forward requests to cancel, and abandon runs that this runner no longer holds."""
        live = {conductor.key: conductor for conductor in self._runner.conductors if not conductor.is_stuck}
        if not live:
            return
        held, cancelled = Run.objects.renew(list(live), LEASE)
        for key, conductor in live.items():
            if key[0] in cancelled:
                conductor.forward({"op": "cancel", "reason": cancelled[key[0]]})
            elif key[0] not in held:
                conductor.abandon()

    def _beat(self) -> None:
        """Send a heartbeat. When the warden is back, wake runners for the runs that wait."""
        status = warden_client.status()
        running = len(self._runner.conductors)
        admission = self._runner.admission
        heartbeats.send(
            self._runner.name,
            status,
            running=running,
            slots=self._runner.slots,
            limit=admission.limit,
            lateness=round(admission.lateness, 3),
        )
        if status is None:
            self.warden_was_away = True
        elif self.warden_was_away:
            self.warden_was_away = False
            wake_queued(Run.objects.queued())

    def _claim_what_waits(self) -> None:
        """Claim runs that nobody claimed although there is room: their message was lost, or the broker is
        down.
        """
        if not self.warden_was_away and Run.objects.asleep(timezone.now(), UNCLAIMED_FOR).exists():
            self._runner.work_in_background()

    def _stop(self) -> None:
        if self._stop_at is None:
            self._stop_at = time.monotonic() + GRACE
            try:
                heartbeats.withdraw(self._runner.name)
            except Unreachable as error:
                log.info("the heartbeat expires by itself: %r", error)
        if time.monotonic() >= self._stop_at:
            for conductor in self._runner.conductors:
                conductor.release()

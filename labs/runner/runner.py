"""A runner: one process that claims queued runs and conducts as many at once as it has slots."""

from __future__ import annotations

import functools
import logging
import os
import socket
import threading
import time
from typing import Any

from django.db import connection as database

from labs.catalog import local_folder
from labs.models import Run
from labs.runner import warden_client
from labs.runner.admission import Admission, Pressure
from labs.runner.command_listener import CommandListener
from labs.runner.conductor import Conductor, WardenRefused
from labs.runner.housekeeping import Housekeeping
from labs.runner.warden_client import Connection, WardenGone

log = logging.getLogger(__name__)
HOLD_OFF = 2.0
"""Seconds for which a runner claims nothing after the warden refused a run."""


class Runner:
    """Any number of threads may call `work`. The housekeeping and the command listener are threads of their
    own.
    """

    def __init__(self, *, slots: int = 1) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self._conductors: dict[Any, Conductor] = {}
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._hold_until = 0.0
        self._working = 0
        self._called_again = False
        self._starting = threading.Lock()
        self.housekeeping = Housekeeping(self)
        self.command_listener = CommandListener(self.name)
        self.admission = Admission(slots)
        self._pressure = Pressure(self.admission, self.ended, self.work_in_background)

    @property
    def slots(self) -> int:
        """The most runs at once; `admission.limit` is how many there may be now."""
        return self.admission.slots

    @slots.setter
    def slots(self, slots: int) -> None:
        self.admission.configure(slots)

    def start(self) -> None:
        """Start the housekeeping and the command listener. A second call does nothing."""
        with self._starting:
            if not self.housekeeping.is_alive():
                self.housekeeping.start()
                self.command_listener.start()
                self._pressure.start()

    @property
    def conductors(self) -> list[Conductor]:
        with self._lock:
            return list(self._conductors.values())

    @property
    def has_room(self) -> bool:
        """May one more run begin on this host?"""
        with self._lock:
            return self._working < self.slots and not self.stopping.is_set() and self._admits()

    def _admits(self) -> bool:
        """Does the host's pressure allow one more run, and does no run have to be alone?"""
        live = self._conductors.values()
        alone = any(one.run.alone for one in live)
        return not alone and self.admission.admits(len(live), time.monotonic())

    def work(self) -> None:
        """Claim and conduct runs until none is left, the warden is unavailable, or the runner stops.

        At most `slots` threads work at a time. A further call only notes that there may be one more run, and
        the threads that work look for it.
        """
        with self._lock:
            if self._working >= self.slots:
                self._called_again = True
                return
            self._working += 1
        try:
            while self._claim_one():
                pass
        finally:
            with self._lock:
                self._working -= 1

    def _claim_one(self) -> bool:
        """Claim a run and conduct it to its end; False when there was none to claim."""
        if self.stopping.is_set() or time.monotonic() < self._hold_until:
            return False
        with self._lock:
            self._called_again = False
        if self.housekeeping.warden_was_away and warden_client.status() is None:
            # A warden that is being killed may still accept connections. A run claimed now would die with it.
            return False
        try:
            connection = Connection()
        except WardenGone as error:
            log.warning("runs wait, the warden does not respond: %s", error)
            self.housekeeping.note_warden_away()
            return False
        with connection:
            conductor = self._claim(connection)
            if conductor is None:
                with self._lock:
                    return self._called_again
            was_alone = conductor.run.alone  # a run that goes back to run alone has not been
            self._conduct(conductor)
        if was_alone:
            # The others were held back, and their messages are used up.
            for _ in range(self.admission.limit):
                self.work_in_background()
        return True

    def _claim(self, connection: Connection) -> Conductor | None:
        """Claim a run if the host may take one more. One thread at a time, so that each counts the runs of
        the others, and no run is claimed beside one that has to be alone.
        """
        with self._claiming:
            with self._lock:
                is_idle, admits = not self._conductors, self._admits()
            self.admission.refused += not admits
            run = Run.objects.claim(self.name, local_folder.has, is_idle=is_idle) if admits else None
            if run is None:
                return None
            conductor = Conductor(
                run,
                connection,
                on_running=self.housekeeping.wake,
                on_warden_gone=self.housekeeping.note_warden_away,
            )
            with self._lock:
                self._conductors[run.pk] = conductor
                self._pressure.running = len(self._conductors)
            self.admission.claimed(time.monotonic())
            return conductor

    def _conduct(self, conductor: Conductor) -> None:
        run = conductor.run
        self.command_listener.add(run.pk, run.claim, conductor.forward)
        try:
            conductor.conduct()
        except WardenRefused as refusal:
            log.warning("the warden refused run %s: %s", run.pk, refusal)
            self._hold_until = time.monotonic() + HOLD_OFF
        finally:
            self.command_listener.remove(run.pk)
            with self._lock:
                self._conductors.pop(run.pk, None)
                self._pressure.running = len(self._conductors)

    def work_in_background(self) -> None:
        """Work in a thread of its own, so that runs start although the broker lost a message or the consumer
        hangs.
        """
        threading.Thread(target=self._work_and_disconnect, name="work", daemon=True).start()

    def _work_and_disconnect(self) -> None:
        try:
            self.work()
        except Exception:
            log.exception("a run failed in the runner; it starts again when its lease ends")
        finally:
            database.close()

    def stop(self) -> None:
        """Claim nothing more. Runs that still run after `housekeeping.GRACE` seconds go back to the queue.

        Safe in a signal handler of the main thread, which holds neither lock.
        """
        self.stopping.set()
        self.housekeeping.wake()

    def close(self) -> None:
        """End the threads; for tests."""
        self.stopping.set()
        self.ended.set()
        self.housekeeping.wake()
        self.command_listener.end()
        for thread in (self.housekeeping, self.command_listener, self._pressure):
            if thread.is_alive():
                thread.join(timeout=3)


@functools.cache
def this_runner() -> Runner:
    """The runner of this process."""
    return Runner()

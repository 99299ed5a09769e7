"""A runner: one process that claims queued runs and conducts them, as many at once as it has threads."""

from __future__ import annotations

import functools
import logging
import os
import socket
import threading
import time
from typing import Any

from labs import folder
from labs.conducting import Conductor, NotTaken
from labs.inbox import Inbox
from labs.keeper import Keeper
from labs.models import Run
from labs.warden_client import Connection, WardenGone

log = logging.getLogger(__name__)
HOLD_OFF = 2.0
"""Seconds without a claim after the warden refused a run."""


class Runner:
    """`work` may be called from any number of threads; the keeper and the inbox are threads of their own."""

    def __init__(self, *, slots: int = 1) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.slots = slots
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self._conductors: dict[Any, Conductor] = {}
        self._lock = threading.Lock()
        self._hold_until = 0.0
        self._starting = threading.Lock()
        self.keeper = Keeper(self)
        self.inbox = Inbox(self.name)

    def start(self) -> None:
        """Begin to send heartbeats and to look after runs; a second call does nothing."""
        with self._starting:
            if not self.keeper.is_alive():
                self.keeper.start()
                self.inbox.start()

    @property
    def conductors(self) -> list[Conductor]:
        with self._lock:
            return list(self._conductors.values())

    def work(self) -> None:
        """Claim and conduct runs until none is left, the warden is away, or the runner stops."""
        while not self.stopping.is_set() and time.monotonic() >= self._hold_until:
            try:
                connection = Connection()
            except WardenGone as error:
                log.warning("runs wait, the warden does not answer: %s", error)
                self.keeper.warden_was_away = True
                return
            with connection:
                run = Run.objects.claim(self.name, folder.has)
                if run is None:
                    return
                self._conduct(run, connection)

    def _conduct(self, run: Run, connection: Connection) -> None:
        conductor = Conductor(run, connection, on_running=self.keeper.poke)
        with self._lock:
            self._conductors[run.pk] = conductor
        self.inbox.add(run.pk, run.attempt, conductor.pass_on)
        try:
            conductor.conduct()
        except NotTaken as refusal:
            log.warning("the warden did not take run %s: %s", run.pk, refusal)
            self._hold_until = time.monotonic() + HOLD_OFF
        finally:
            self.inbox.remove(run.pk)
            with self._lock:
                self._conductors.pop(run.pk, None)

    def stop(self) -> None:
        """Claim nothing more; what still runs after the keeper's grace goes back to the queue.

        Safe in a signal handler of the main thread, which holds neither lock.
        """
        self.stopping.set()
        self.keeper.poke()

    def close(self) -> None:
        """End the threads; for tests."""
        self.stopping.set()
        self.ended.set()
        self.keeper.poke()
        self.inbox.end()
        for thread in (self.keeper, self.inbox):
            if thread.is_alive():
                thread.join(timeout=3)


@functools.cache
def this_runner() -> Runner:
    """The runner of this process."""
    return Runner()

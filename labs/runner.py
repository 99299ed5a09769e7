"""A runner: one process that claims queued runs and conducts them, as many at once as it has threads."""

from __future__ import annotations

import functools
import logging
import os
import socket
import threading
import time
from typing import Any

from django.db import connection as database

from labs import folder, warden_client
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
        self._working = 0
        self._called_again = False
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

    @property
    def has_room(self) -> bool:
        """Could one more thread work?"""
        with self._lock:
            return self._working < self.slots and not self.stopping.is_set()

    def work(self) -> None:
        """Claim and conduct runs until none is left, the warden is away, or the runner stops. At most `slots` threads do
        so at a time; a call too many is remembered by those that do."""
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
        """Claim a run and bring it to its end; False when there was none to be had."""
        if self.stopping.is_set() or time.monotonic() < self._hold_until:
            return False
        with self._lock:
            self._called_again = False
        if self.keeper.warden_was_away and warden_client.status() is None:
            return False  # a warden that is being killed may still take connections: a run would die twice with it
        try:
            connection = Connection()
        except WardenGone as error:
            log.warning("runs wait, the warden does not answer: %s", error)
            self.keeper.miss_the_warden()
            return False
        with connection:
            run = Run.objects.claim(self.name, folder.has)
            if run is None:
                with self._lock:
                    return self._called_again
            self._conduct(run, connection)
        return True

    def _conduct(self, run: Run, connection: Connection) -> None:
        conductor = Conductor(run, connection, on_running=self.keeper.poke, on_warden_gone=self.keeper.miss_the_warden)
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

    def work_aside(self) -> None:
        """Work in a thread of its own: runs do not depend on a broker that forgets, or on a consumer that hangs."""
        threading.Thread(target=self._work_aside, name="work-aside", daemon=True).start()

    def _work_aside(self) -> None:
        try:
            self.work()
        except Exception:
            log.exception("a run was left to its lease")
        finally:
            database.close()

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

"""The warden's one loop: runners on one side, jails on the other, a look at the clock five times a second."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.lines import Malformed, read
from sandbox.protocol import End, WardenStatus
from sandbox.warden.admission import Refused, command_of, request_of
from sandbox.warden.jail import PATIENCE, Jail, Stage, Workshop
from sandbox.warden.pool import Pool
from sandbox.warden.session import Session

TICK, IDLE_TICK = 0.1, 1.0
LOOK_EVERY = 0.2
LONGEST_WAIT_FOR_JAIL = 30.0
LONGEST_DYING = 1.0


class Warden:
    """Serves runners on `listener` until `stop`. With `workshop` None it only says why it cannot run anything."""

    def __init__(
        self,
        listener: socket.socket | None,
        workshop: Workshop | None,
        *,
        pool: int,
        running: int,
        status: WardenStatus,
    ) -> None:
        self._listener, self._most, self._status = listener, running, status
        self._selector = selectors.DefaultSelector()
        self._sessions: list[Session] = []
        self._dying: list[tuple[Jail, float]] = []
        self._next_look = 0.0
        self._stopping = False
        self.pool = Pool(workshop, pool, self._welcome) if workshop is not None else None
        self._wakeup, writing = os.pipe()
        for fd in (self._wakeup, writing):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._woken)
        if listener is not None:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def stop(self, *_: Any) -> None:
        """End soon; also a signal handler."""
        self._stopping = True

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Serve until `stop`, or until `until()` is true."""
        while not self._stopping and not until():
            self._round()
        self._end_all()

    def adopt(self, sock: socket.socket) -> Session:
        """Serve a connection."""
        session = Session(sock)
        self._sessions.append(session)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._from_runner(session))
        return session

    @property
    def status(self) -> WardenStatus:
        """What this warden says of itself now."""
        warm = self.pool.warm if self.pool else 0
        facts = self._status
        running = sum(session.request is not None and session.end is None for session in self._sessions)
        return replace(facts, warm=warm, running=running, sentence=self._sentence(), most=self._most)

    def _sentence(self) -> str:
        if self.pool is not None:
            for name in self.pool.shelves:
                if trouble := self.pool.trouble(name):
                    return f"Labs of the environment {name} cannot run: {trouble}."
        return self._status.sentence

    def _round(self) -> None:
        busy = self._dying or any(session.request is not None for session in self._sessions)
        warming = self.pool is not None and self.pool.warm < self.pool.size
        for key, _ in self._selector.select(TICK if busy or warming else IDLE_TICK):
            key.data()
        self._reap()
        self._match()
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            for session in self._sessions:
                session.look()
            for jail in self.pool.too_slow() if self.pool else []:
                self._jail_ended(jail)
        self._settle()
        if self.pool is not None:
            self.pool.fill(Counter(session.request.environment for session in self._waiting if session.request))

    @property
    def _waiting(self) -> list[Session]:
        return [
            session
            for session in self._sessions
            if session.request is not None and session.jail is None and session.end is None
        ]

    # Runners

    def _accept(self) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):
            sock, _ = self._listener.accept()
            self.adopt(sock)

    def _from_runner(self, session: Session) -> None:
        try:
            self._hear_runner(session)
        except Exception:  # one run must not take the others down, whatever it found
            traceback.print_exc()
            session.finish(End.ERROR, "The warden could not go on with this run.")
            session.closing = True

    def _hear_runner(self, session: Session) -> None:
        messages = session.receive()
        if messages is None:
            session.finish(End.CANCELLED, "The runner went away.")
            session.closing = True
            session.unsent.clear()
            return
        for message in messages:
            try:
                self._obey(session, message)
            except Refused as refusal:
                session.refuse(str(refusal))
                session.closing = session.closing or session.request is None

    def _obey(self, session: Session, message: dict[str, Any]) -> None:
        match message.get("op"):
            case "run" if session.request is None:
                self._admit(session, message.get("request"))
            case "command" if session.request is not None and session.end is None:
                command = command_of(message, session.request)
                if session.jail is None:
                    raise Refused("The run has not started yet.")
                if not session.jail.command(command):
                    raise Refused("This run takes no more commands: its supervisor does not read them.")
            case "cancel":
                session.finish(End.CANCELLED)
            case "status":
                session.say(self.status.to_json())
                session.closing = session.request is None
            case _:
                raise Refused("That cannot be asked for now.")

    def _admit(self, session: Session, raw: Any) -> None:
        if self.pool is None:
            raise Refused(self._status.sentence)
        request = request_of(raw, tuple(self.pool.shelves))
        if self.status.running >= self._most:
            raise Refused(f"This warden runs {self._most} labs already.")
        if trouble := self.pool.trouble(request.environment):
            raise Refused(f"No jail can be made at present: {trouble}.")
        session.request = request

    def _match(self) -> None:
        """Give the warm jails to the runs that wait, first come first served."""
        for session in self._waiting:
            assert self.pool is not None
            assert session.request is not None
            if jail := self.pool.take(session.request.environment):
                jail.stage = Stage.RUNNING
                self._selector.unregister(jail.errors)  # a program in the jail can write there without end
                session.begin(jail)
            elif time.monotonic() - session.asked_at > LONGEST_WAIT_FOR_JAIL or self.pool.trouble(
                session.request.environment
            ):
                session.refuse("No jail could be made in time.")
                session.closing, session.request = True, None

    # Jails

    def _welcome(self, jail: Jail) -> None:
        self._selector.register(jail.control, selectors.EVENT_READ, lambda: self._from_jail(jail))
        self._selector.register(jail.errors, selectors.EVENT_READ, jail.read_errors)

    def _from_jail(self, jail: Jail) -> None:
        try:
            self._hear_jail(jail)
        except Exception:  # the same, from the other side
            traceback.print_exc()
            self._jail_ended(jail)

    def _hear_jail(self, jail: Jail) -> None:
        try:
            piece = jail.control.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._jail_ended(jail)
            return
        session = self._session_of(jail)
        if session is not None:
            session.hear(piece)
        elif self.pool is not None and jail.stage is Stage.WARMING:
            with contextlib.suppress(Malformed):
                if "ready" in read(piece.partition(b"\n")[0]):
                    self.pool.is_ready(jail)

    def _jail_ended(self, jail: Jail) -> None:
        """Its line broke, or it must go: kill what is left and reap it soon."""
        session = self._session_of(jail)
        jail.read_errors()
        if session is not None:
            session.jail_ended()
        elif self.pool is not None:
            self.pool.lost(jail)
        self._bury(jail)

    def _bury(self, jail: Jail) -> None:
        jail.kill()
        for descriptor in (jail.control, jail.errors):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
        if all(jail is not dying for dying, _ in self._dying):
            self._dying.append((jail, time.monotonic()))

    def _reap(self) -> None:
        """Wait for the jails that died; those that are running and died by themselves broke their line, too."""
        for jail, since in list(self._dying):
            if jail.has_ended() and jail.clear_away():
                self._dying.remove((jail, since))
                if session := self._session_of(jail):
                    session.jail = None
            elif time.monotonic() - since > PATIENCE:
                jail.kill()

    def _session_of(self, jail: Jail) -> Session | None:
        return next((session for session in self._sessions if session.jail is jail), None)

    # Ends

    def _settle(self) -> None:
        """Bury the jails of ended runs, say the end once they have gone, close what is done."""
        now = time.monotonic()
        for session in list(self._sessions):
            if session.end is not None and session.jail is not None:
                self._bury(session.jail)
                self._reap()
            gone = session.jail is None or any(
                jail is session.jail and now - since > LONGEST_DYING for jail, since in self._dying
            )
            if session.end is not None and gone and not session.closing:
                session.say_end()
            if session.unsent:
                session.flush()
            if session.closing and not session.unsent and gone:
                self._selector.unregister(session.socket)
                session.close()
                self._sessions.remove(session)

    def _end_all(self) -> None:
        """Kill every jail and wait for them for a moment."""
        for session in self._sessions:
            session.finish(End.CANCELLED, "The warden was stopped.")
            if session.jail is not None:
                self._bury(session.jail)
        for shelf in self.pool.shelves.values() if self.pool else []:
            for jail in shelf.jails:
                self._bury(jail)
        until = time.monotonic() + LONGEST_DYING * 0.7
        while self._dying and time.monotonic() < until:
            time.sleep(0.005)
            self._reap()
        self._settle()

    def _woken(self) -> None:
        with contextlib.suppress(OSError):
            os.read(self._wakeup, 4096)

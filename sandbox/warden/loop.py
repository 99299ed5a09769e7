"""The warden's one loop over runners and jails. Five times a second it also checks limits and deadlines."""

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

from sandbox.jail_lines import Malformed, read
from sandbox.protocol import End, WardenStatus
from sandbox.warden.dying_jails import LONGEST_DYING, DyingJails
from sandbox.warden.jails.jail import Jail, JailState
from sandbox.warden.jails.settings import JailSettings
from sandbox.warden.pool import Pool
from sandbox.warden.request_checks import RequestRefused, command_of, request_of
from sandbox.warden.session import Session

TICK, IDLE_TICK = 0.1, 1.0
LOOK_EVERY = 0.2
LONGEST_WAIT_FOR_JAIL = 30.0


class Warden:
    """Serves runners on `listener` until `stop`. With `settings` None it only reports why it runs nothing."""

    def __init__(
        self,
        listener: socket.socket | None,
        settings: JailSettings | None,
        *,
        pool: int,
        running: int,
        status: WardenStatus,
    ) -> None:
        self._listener, self._most, self._status = listener, running, status
        self._selector = selectors.PollSelector()  # epoll counts per user, and jails can use that up
        self._sessions: list[Session] = []
        self._dying = DyingJails()
        self._next_look = 0.0
        self._stopping = False
        self.pool = Pool(settings, pool, self._register_jail, self._selector) if settings else None
        self._wakeup, writing = os.pipe()
        for fd in (self._wakeup, writing):
            os.set_blocking(fd, False)
        # A child's end wakes the selector. Python writes to the pipe only for signals that have a handler.
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

    def serve(self, sock: socket.socket) -> Session:
        """Serve a runner's connection."""
        session = Session(sock)
        self._sessions.append(session)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._from_runner(session))
        return session

    @property
    def status(self) -> WardenStatus:
        """The present state."""
        warm = self.pool.warm if self.pool else 0
        facts = self._status
        running = sum(session.request is not None and session.end is None for session in self._sessions)
        start = self.pool.nurseries.words() if self.pool else ""
        sentence, most = self._sentence(), self._most
        return replace(facts, warm=warm, running=running, sentence=sentence, most=most, start=start)

    def _sentence(self) -> str:
        if self.pool is not None:
            for name in self.pool.by_environment:
                if failure := self.pool.failure(name):
                    return f"Labs of the environment {name} cannot run: {failure}."
        return self._status.sentence

    def _round(self) -> None:
        busy = self._dying or any(session.request is not None for session in self._sessions)
        warming = self.pool is not None and self.pool.warm < self.pool.size
        # An idle warden wakes once a second; a run needs its limits checked more often.
        for key, _ in self._selector.select(TICK if busy or warming else IDLE_TICK):
            key.data()
        self._reap()
        self._assign_jails()
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            for session in self._sessions:
                session.check_limits()
            for jail in self.pool.too_slow() if self.pool else []:
                self._jail_ended(jail)
        self._finish_sessions()
        if self.pool is not None:
            self.pool.fill(
                Counter(session.request.environment for session in self._waiting if session.request)
            )

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
            self.serve(sock)

    def _from_runner(self, session: Session) -> None:
        try:
            self._read_runner(session)
        except Exception:  # an error in one run must not end the others
            traceback.print_exc()
            session.finish(End.ERROR, "The warden could not go on with this run.")
            session.closing = True

    def _read_runner(self, session: Session) -> None:
        messages = session.receive()
        if messages is None:
            session.finish(End.CANCELLED, "The runner went away.")
            session.closing = True
            session.unsent.clear()  # nobody reads it, and the connection closes only when this is empty
            return
        for message in messages:
            try:
                self._handle_message(session, message)
            except RequestRefused as refusal:
                session.refuse(str(refusal))
                session.closing = session.closing or session.request is None

    def _handle_message(self, session: Session, message: dict[str, Any]) -> None:
        match message.get("op"):
            case "run" if session.request is None:
                self._admit(session, message.get("request"))
            case "command" if session.request is not None and session.end is None:
                command = command_of(message, session.request)
                if session.jail is None:
                    raise RequestRefused("The run has not started yet.")
                if not session.jail.command(command):
                    raise RequestRefused(
                        "This run takes no more commands: its supervisor does not read them."
                    )
            case "cancel":
                session.finish(End.CANCELLED)
            case "status":
                session.send(self.status.to_json())
                session.closing = session.request is None
            case _:
                raise RequestRefused("That cannot be asked for now.")

    def _admit(self, session: Session, raw: Any) -> None:
        if self.pool is None:
            raise RequestRefused(self._status.sentence)
        request = request_of(raw, tuple(self.pool.by_environment))
        if self.status.running >= self._most:
            raise RequestRefused(f"This warden runs {self._most} labs already.")
        if failure := self.pool.failure(request.environment):
            raise RequestRefused(f"No jail can be made at present: {failure}.")
        session.request = request

    def _assign_jails(self) -> None:
        """Assign warm jails to the runs that wait, in the order of their requests."""
        for session in self._waiting:
            assert self.pool is not None
            assert session.request is not None
            if jail := self.pool.take(session.request.environment):
                jail.state = JailState.RUNNING
                # Programs of the run could write to this pipe without end and keep the warden busy.
                self._selector.unregister(jail.errors)
                session.begin(jail)
                continue
            waited = time.monotonic() - session.asked_at
            if waited > LONGEST_WAIT_FOR_JAIL or self.pool.failure(session.request.environment):
                session.refuse("No jail could be made in time.")
                session.closing, session.request = True, None

    # Jails

    def _register_jail(self, jail: Jail) -> None:
        self._selector.register(jail.control, selectors.EVENT_READ, lambda: self._from_jail(jail))
        self._selector.register(jail.errors, selectors.EVENT_READ, jail.read_errors)
        if jail.made >= 0:
            self._selector.register(jail.made, selectors.EVENT_READ, lambda: self._enter(jail))

    def _enter(self, jail: Jail) -> None:
        self._selector.unregister(jail.made)
        jail.enter()

    def _from_jail(self, jail: Jail) -> None:
        try:
            self._read_jail(jail)
        except Exception:  # the same holds for what a jail sends
            traceback.print_exc()
            self._jail_ended(jail)

    def _read_jail(self, jail: Jail) -> None:
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
            session.receive_from_jail(piece)
        elif self.pool is not None and jail.state is JailState.WARMING:
            with contextlib.suppress(Malformed):
                if "ready" in read(piece.partition(b"\n")[0]):
                    self.pool.became_ready(jail)

    def _jail_ended(self, jail: Jail) -> None:
        """The jail's connection ended, or it takes too long to warm: end its run and discard it."""
        session = self._session_of(jail)
        jail.read_errors()
        if session is not None:
            session.jail_ended()
        elif self.pool is not None:
            self.pool.lost(jail)
        self._discard(jail)

    def _discard(self, jail: Jail) -> None:
        jail.kill()
        for descriptor in (jail.control, jail.errors, jail.made):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
        self._dying.add(jail)

    def _reap(self) -> None:
        for jail in self._dying.reap():
            if session := self._session_of(jail):
                session.jail = None

    def _session_of(self, jail: Jail) -> Session | None:
        return next((session for session in self._sessions if session.jail is jail), None)

    # Ends

    def _finish_sessions(self) -> None:
        """Discard the jails of ended runs, send ends of jails that have ended, close finished connections."""
        for session in list(self._sessions):
            if session.end is not None and session.jail is not None:
                self._discard(session.jail)
                self._reap()
            # A jail that cannot be killed (a process in the kernel) must not hold up the end for long.
            gone = session.jail is None or self._dying.is_overdue(session.jail)
            if session.end is not None and gone and not session.closing:
                session.send_end()
            if session.unsent:
                session.flush()
            if session.closing and not session.unsent and gone:
                self._selector.unregister(session.socket)
                session.close()
                self._sessions.remove(session)

    def _end_all(self) -> None:
        """Kill every jail and wait shortly for them."""
        for session in self._sessions:
            session.finish(End.CANCELLED, "The warden was stopped.")
            if session.jail is not None:
                self._discard(session.jail)
        for group in self.pool.by_environment.values() if self.pool else []:
            for jail in group.jails:
                self._discard(jail)
        until = time.monotonic() + LONGEST_DYING * 0.7
        while self._dying and time.monotonic() < until:
            time.sleep(0.005)
            self._reap()
        self._finish_sessions()
        if self.pool is not None:
            self.pool.nurseries.close()

    def _woken(self) -> None:
        with contextlib.suppress(OSError):
            os.read(self._wakeup, 4096)

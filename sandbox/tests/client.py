"""A runner for tests: it starts a warden, sends requests and collects what comes back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.protocol import Action, CommandSpec, Limits, ProcessSpec, RunRequest

BASE = Path(__file__).resolve().parent.parent.parent
VENV = Path(os.environ.get("BACKBURNER_SANDBOX_VENV") or BASE / ".venv-sandbox")


# A warden of tests that were cut off, as by Ctrl-C, ends with them.
WITH_US = ("/usr/bin/setpriv", "--pdeathsig", "TERM") if Path("/usr/bin/setpriv").exists() else ()


class Pid(int):
    """A process id with the time that its process was born at, since the kernel gives an id again."""

    born: str

    def __new__(cls, number: int) -> Pid:
        made = super().__new__(cls, number)
        made.born = fields_of(number)[19]
        return made


def fields_of(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name; raises `OSError` when there is no such process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def process(lane: str, run: str, **options: Any) -> ProcessSpec:
    return ProcessSpec(lane, run, options)


def make_request(
    files: dict[str, str],
    *processes: ProcessSpec,
    commands: dict[str, list[str]] | None = None,
    **overrides: Any,
) -> RunRequest:
    """A request for a run; without processes, one driver that runs `driver.py`."""
    limits = Limits(
        wall=overrides.pop("wall", 60.0),
        memory_mb=overrides.pop("memory_mb", 320),
        events=overrides.pop("events", 5000),
    )
    fields: dict[str, Any] = {
        "run": "test",
        "claim": 1,
        "seed": 7,
        "environment": "main",
        "knobs": {},
        "lab": "",
    }
    fields |= overrides
    specs = processes or (process("driver", "python", file="driver.py"),)
    allowed = tuple(
        CommandSpec(Action(action), tuple(targets)) for action, targets in (commands or {}).items()
    )
    return RunRequest(files=files, processes=specs, commands=allowed, limits=limits, **fields)


@dataclass
class Ran:
    """What came of a run: events in order and when each came (s after the request), refusals, the end."""

    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    outcome: str = ""
    reason: str = ""
    times: list[float] = field(default_factory=list)

    def of(self, kind: str, **match: Any) -> list[dict[str, Any]]:
        """Events of a kind whose fields, or else data, have these values."""
        return [
            e
            for e in self.events
            if e["kind"] == kind and all(e.get(k, e["data"].get(k)) == v for k, v in match.items())
        ]

    def kinds(self, lane: str) -> list[str]:
        return [event["kind"] for event in self.events if event["lane"] == lane]

    def texts(self, lane: str | None = None) -> list[str]:
        return [event["data"]["text"] for event in self.of("log") if lane in (None, event["lane"])]


class Connection:
    """One run in progress."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(200)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("rb")
        self.ran = Ran()
        self.begun = time.monotonic()

    def say(self, message: dict[str, Any]) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def read(self) -> dict[str, Any] | None:
        """The next line, None at the end; also kept in `ran`."""
        try:
            line = self.lines.readline()
        except ConnectionResetError:  # the warden has closed, and commands to it were left unread
            return None
        if not line:
            return None
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self.ran.events.append(message["event"])
            self.ran.times.append(time.monotonic() - self.begun)
        elif "refused" in message:
            self.ran.refused.append(message["refused"])
        elif "end" in message:
            self.ran.outcome, self.ran.reason = message["end"]["outcome"], message["end"]["reason"]
        return message

    def wait_for(self, kind: str, **match: Any) -> dict[str, Any]:
        """Read until such an event comes."""
        while (message := self.read()) is not None:
            event = message.get("event")
            if (
                event
                and event["kind"] == kind
                and all(event.get(k, event["data"].get(k)) == v for k, v in match.items())
            ):
                return event  # type: ignore[no-any-return]
        raise AssertionError(f"no {kind} {match}; {self.ran.outcome} {self.ran.reason} {self.ran.refused}")

    def rest(self) -> Ran:
        """Read to the end."""
        while self.read() is not None:
            pass
        self.close()
        return self.ran

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


class WardenProcess:
    """A warden, started as the product starts it: with an empty environment."""

    def __init__(
        self,
        folder: Path,
        *extra: str,
        pool: int = 1,
        running: int = 4,
        user: int | None = None,
        prefix: tuple[str, ...] = (),
        program: tuple[str, ...] = ("-m", "sandbox.warden"),
    ) -> None:
        self.path = folder / "w.sock"
        words = [
            *prefix,
            *WITH_US,
            sys.executable,
            "-s",
            *program,
            "--socket",
            str(self.path),
            "--pool",
            str(pool),
        ]
        words += ["--max-running", str(running), *(extra or ("--environments", f"main={VENV}"))]
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                words, cwd=BASE, env={"PATH": "/usr/bin:/bin"}, stderr=errors, user=user, group=user
            )

    def status(self) -> dict[str, Any]:
        with contextlib.closing(Connection(self.path)) as connection:
            connection.say({"op": "status"})
            return connection.read() or {}

    def wait_until(self, warm: int, seconds: float = 120.0) -> dict[str, Any]:
        """Wait until so many jails are warm, or until there will be none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.errors.read_text()
            with contextlib.suppress(OSError):
                status = self.status()
                if status["warm"] >= warm or status["mode"] != "jail":
                    return status
            time.sleep(0.05)
        raise AssertionError(f"not {warm} warm jails: {self.status()} {self.errors.read_text()}")

    def start(self, request: RunRequest) -> Connection:
        connection = Connection(self.path)
        connection.say({"op": "run", "request": request.to_json()})
        return connection

    def run(self, request: RunRequest) -> Ran:
        return self.start(request).rest()

    def jails(self) -> list[Pid]:
        """Every process that descends from the warden now."""
        found: list[Pid] = []
        todo: list[int] = [self.process.pid]
        while todo:
            pid = todo.pop()
            with contextlib.suppress(OSError):  # it has just ended
                for task in Path(f"/proc/{pid}/task").glob("*/children"):
                    children = [Pid(int(word)) for word in task.read_text().split()]
                    found += children
                    todo += children
        return found

    def stop(self, number: int = signal.SIGTERM) -> float:
        """End the warden; returns the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - begun


def alive(pids: Sequence[Pid]) -> list[Pid]:
    """Those of the processes that still live; a zombie does not."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            fields = fields_of(pid)
            if fields[0] not in "ZX" and fields[19] == pid.born:
                found.append(pid)
    return found


def wait_until_dead(pids: Sequence[Pid], seconds: float = 30.0) -> list[Pid]:
    """The processes that still live after so many seconds."""
    end = time.monotonic() + seconds
    while (left := alive(pids)) and time.monotonic() < end:
        time.sleep(0.01)
    return left


@contextlib.contextmanager
def running_warden(folder: Path, *extra: str, **options: Any) -> Iterator[WardenProcess]:
    """A warden for the length of a `with`."""
    warden = WardenProcess(folder, *extra, **options)
    try:
        yield warden
    finally:
        if warden.process.poll() is None:
            warden.stop()

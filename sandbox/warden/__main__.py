"""`python -m sandbox.warden --socket PATH --pool N --max-running M --environments main=/path/venv[,arq=…]
[--replay DIR]`
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from sandbox.protocol import WardenStatus
from sandbox.replay import ReplayWarden
from sandbox.warden.build import build
from sandbox.warden.loop import Warden
from sandbox.warden.probe import apparmor_profile

LONGEST_ANSWER = 10.0
"""Seconds that a warden at the same socket has to answer; then it counts as one that serves."""


def arguments() -> argparse.ArgumentParser:
    """The options of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.warden", description="Keeps the jails in which labs run."
    )
    parser.add_argument("--socket", type=Path, help="where to listen; made with mode 0600")
    parser.add_argument("--pool", type=int, default=4, help="warm jails to keep")
    parser.add_argument("--max-running", type=int, default=4, help="runs at once; a further one is refused")
    parser.add_argument(
        "--environments", default="", help="name=folder of each virtual environment, by commas"
    )
    parser.add_argument(
        "--without-zygotes",
        action="store_true",
        help="let each jail warm up by itself: slower, but no two share the layout of their memory",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        help="replay recorded traces of the labs in this folder instead of running anything",
    )
    parser.add_argument(
        "--apparmor-profile",
        action="store_true",
        help="print the profile that lets bubblewrap make jails on Ubuntu",
    )
    parser.add_argument(
        "--status",
        action="store_true",
        help="print the status and the protections of the warden at --socket",
    )
    return parser


def status_text(path: Path) -> str:
    """The status of the warden at this socket, one fact a line. Raises `SystemExit` when none answers."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        try:
            sock.connect(str(path))
            sock.sendall(b'{"op": "status"}\n')
            status = WardenStatus.from_json(json.loads(sock.makefile("rb").readline()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"No warden answers at {path}: {error}.") from None
    facts = {
        "mode": status.mode,
        "warm jails": f"{status.warm} of {status.pool}",
        "runs": status.running,
        "start": status.start,
        **status.protections,
    }
    lines = [f"{name:14} {words}" for name, words in facts.items()]
    return "\n".join([*lines, status.sentence] if status.sentence else lines)


def is_served(path: Path) -> bool:
    """Does a warden serve this socket? A socket file outlives its process, so only a connection can show it.

    A child that a killed warden had forked, and that is not bubblewrap yet, holds the socket open for a
    moment. Connections are taken then, and nobody answers.
    """
    end = time.monotonic() + LONGEST_ANSWER
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(1)
            try:
                sock.connect(str(path))
            except (BlockingIOError, TimeoutError):
                continue  # so many wait to be served
            except OSError:
                return False
            with contextlib.suppress(OSError):
                sock.sendall(b'{"op": "status"}\n')
                if sock.recv(1):
                    return True
        time.sleep(0.02)
    return True


def listen(path: Path) -> socket.socket:
    """A unix socket that only this user can open. It replaces a socket that a killed warden left. Raises
    `SystemExit`.
    """
    if len(os.fsencode(path)) > 107:
        raise SystemExit(f"The socket's path {path} is longer than 107 bytes: choose a shorter folder.")
    if is_served(path):
        raise SystemExit(f"Another warden listens on {path} already.")
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX)
    before = os.umask(
        0o177
    )  # set before `bind`: a later chmod would leave a moment in which others can connect
    try:
        sock.bind(str(path))
    except OSError as error:
        raise SystemExit(f"The socket {path} cannot be made ({error.strerror}).") from None
    finally:
        os.umask(before)
    sock.listen(64)
    return sock


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = arguments().parse_args()
    if options.apparmor_profile:
        print(apparmor_profile(), end="")  # noqa: T201 (the command's output)
        return
    if options.socket is None:
        arguments().error("--socket is needed")
    if options.status:
        print(status_text(options.socket))  # noqa: T201 (the command's output)
        return
    environments = dict(pair.split("=", 1) for pair in options.environments.split(",") if pair)
    listener = listen(options.socket)
    if options.replay:
        warden: Warden | ReplayWarden = ReplayWarden(listener, options.replay)
    else:
        settings, status = build(
            {name: Path(folder) for name, folder in environments.items()},
            options.pool,
            [options.socket],
            has_zygotes=not options.without_zygotes,
        )
        if status.sentence:
            print(status.sentence, file=sys.stderr, flush=True)  # noqa: T201 (one clear sentence for the operator)
        warden = Warden(listener, settings, pool=options.pool, running=options.max_running, status=status)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, warden.stop)
    try:
        warden.run()
    finally:
        options.socket.unlink(missing_ok=True)


if __name__ == "__main__":
    main()

"""`kind = "uvicorn"`: a web application under uvicorn.

The supervisor binds its socket before any lane starts, so every lane knows the address. Options: `app`
(default `web:app`), `env` (the variable that gets the address, default `WEB_URL`), `workers` (processes that
share the socket), `graceful` (seconds that a SIGTERM waits for requests and background tasks; unset: without
limit), `graceful_from` (a name in the app's module that has these seconds instead), `loglevel`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
from collections.abc import Mapping
from typing import Any

from sandbox.inside.instruments.callers import instrument as instrument_callers
from sandbox.inside.instruments.web import instrument
from sandbox.inside.processes.lane_process import LaneProcess, Launch, Prepared, import_for, listening_socket
from sandbox.protocol import ProcessSpec


class Uvicorn(LaneProcess):
    def prepare(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> Prepared:
        sock = listening_socket()
        address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        return Prepared({str(spec.options.get("env", "WEB_URL")): address}, sock)

    def run(self, launch: Launch) -> None:
        # Each worker is a fork of this process, so all of them accept from the one socket.
        most, number = int(launch.option("workers", 1)), 1
        children: list[int] = []
        for child in range(2, most + 1):
            if (pid := os.fork()) == 0:
                number, children = child, []
                break
            children.append(pid)
        uvicorn = importlib.import_module("uvicorn")
        instrument_callers(launch.channel)

        def is_up() -> None:
            launch.up(uvicorn.__version__)
            if most > 1:
                # A request is known by its process and number, so each process is a lane's child of its own.
                data = {"child": os.getpid(), "number": number, "version": uvicorn.__version__}
                launch.channel.note("child-up", data=data)

        instrument(launch.channel, on_start=is_up)
        app = str(launch.option("app", "web:app"))
        module = import_for(launch, app.partition(":")[0])
        config = uvicorn.Config(
            app,
            log_level=str(launch.option("loglevel", "warning")),
            access_log=False,
            timeout_graceful_shutdown=_graceful(launch, module),
        )
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _serve(uvicorn.Server(config), launch.prepared.socket, children)


def _graceful(launch: Launch, module: Any) -> int | None:
    """Seconds that a SIGTERM waits, None for no limit. A value that uvicorn would not take ends the process,
    with a sentence for the learner who wrote it.
    """
    if (name := launch.option("graceful_from")) is None:
        seconds = launch.option("graceful")
        return None if seconds is None else int(seconds)
    seconds = getattr(module, str(name), None)
    if seconds is None or (type(seconds) is int and seconds >= 0):
        return seconds
    said = f"{module.__name__}.py: {name} is {seconds!r:.40}; it takes whole seconds, or None for no limit."
    launch.channel.note("fatal", sentence=said)
    raise SystemExit(1)


def _serve(server: Any, socket: Any, children: list[int]) -> None:
    """Serve until a signal; the first process passes it on to the others and waits for them."""
    handle_exit = server.handle_exit

    def pass_on(number: int, frame: Any) -> None:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        handle_exit(number, frame)

    server.handle_exit = pass_on
    server.run(sockets=[socket])
    for pid in children:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

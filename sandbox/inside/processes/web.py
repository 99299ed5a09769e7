"""`run = "uvicorn"`: a web application under uvicorn, on a socket that the supervisor bound before anything started.

Options: `app` (default `web:app`), `env` (the variable that gets the address, default `WEB_URL`), `workers` (processes that
share the socket), `graceful` (s that a SIGTERM waits for requests and background tasks; unset: without limit), `extra`.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Mapping
from typing import Any

from sandbox.inside.instruments.callers import instrument as instrument_callers
from sandbox.inside.instruments.web import instrument
from sandbox.inside.processes.kind import Launch, Prepared, ProcessKind, import_for, listening_socket
from sandbox.protocol import ProcessSpec


class Uvicorn(ProcessKind):
    name = "uvicorn"
    system = "uvicorn"

    def prepare(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> Prepared:
        sock = listening_socket()
        address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        return Prepared({str(spec.options.get("env", "WEB_URL")): address}, sock)

    def run(self, launch: Launch) -> None:
        for _ in range(int(launch.option("workers", 1)) - 1):
            if os.fork() == 0:
                break
        uvicorn = importlib.import_module("uvicorn")
        instrument_callers(launch.channel)
        instrument(launch.channel, on_start=lambda: launch.up(uvicorn.__version__))
        app = str(launch.option("app", "web:app"))
        import_for(launch, app.partition(":")[0])
        graceful = launch.option("graceful")
        config = uvicorn.Config(
            app,
            log_level=str(launch.option("loglevel", "warning")),
            access_log=False,
            timeout_graceful_shutdown=None if graceful is None else int(graceful),
        )
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        uvicorn.Server(config).run(sockets=[launch.prepared.socket])

"""`run = "celery-worker"`: a real Celery worker.

Options: `app` (module, default `tasks`), `pool` (`prefork`, `threads`, `solo`), `concurrency`, `queues` (list),
`events` (true: `-E`), `heartbeat`, `gossip`, `mingle` (booleans; only the heartbeat is on by default: gossip and mingle
cost a second at the start), `loglevel`, `extra` (further words of the command line).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import celery
from celery.bin.celery import celery as command
from celery.signals import worker_ready

from sandbox.inside.instruments.celery import instrument
from sandbox.inside.processes.kind import Launch, ProcessKind, import_for, resolve, words
from sandbox.protocol import ProcessSpec


class CeleryWorker(ProcessKind):
    name = "celery-worker"
    system = "celery"
    has_children = True

    def queues(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> list[str]:
        return words(resolve(spec.options.get("queues"), knobs)) or ["celery"]

    def run(self, launch: Launch) -> None:
        instrument(launch.channel)
        worker_ready.connect(lambda **_: launch.up(celery.__version__), weak=False)
        app = str(launch.option("app", "tasks"))
        import_for(launch, app.partition(":")[0])
        command([*self.line(launch, app)], auto_envvar_prefix="CELERY")

    def line(self, launch: Launch, app: str) -> list[str]:
        """The words after `celery`."""
        line = [
            "-q",
            "-A",
            app,
            "worker",
            "-n",
            f"{launch.spec.lane}@lab",
            "-l",
            str(launch.option("loglevel", "warning")),
        ]
        line += ["-P", str(launch.option("pool", "prefork")), "-c", str(launch.option("concurrency", 1))]
        for name, default in (("mingle", False), ("gossip", False), ("heartbeat", True)):
            if not launch.option(name, default):
                line.append(f"--without-{name}")
        if launch.option("events", False):
            line.append("-E")
        if queues := words(launch.option("queues")):
            line += ["-Q", ",".join(queues)]
        return line + words(launch.option("extra"))

"""`kind = "celery-worker"`: a Celery worker.

Options: `app` (module, default `tasks`), `pool` (`prefork`, `threads`, `solo`), `concurrency`, `queues`
(list), `events` (true: `-E`), `heartbeat`, `gossip`, `mingle` (booleans), `loglevel`, `extra` (more words for
the command line). Only the heartbeat is on by default, because gossip and mingle delay the start by a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import celery
from celery.bin.celery import celery as command
from celery.signals import worker_ready

from sandbox.inside.instruments.celery import instrument, instrument_beat
from sandbox.inside.instruments.celery_worker import watch_children
from sandbox.inside.processes.lane_process import LaneProcess, Launch, import_for, resolve, words
from sandbox.protocol import ProcessSpec


class CeleryWorker(LaneProcess):
    def queues(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> list[str]:
        return words(resolve(spec.options.get("queues"), knobs)) or ["celery"]

    def run(self, launch: Launch) -> None:
        instrument(launch.channel)
        instrument_beat(launch.channel, embedded=True)  # for a worker with `-B`
        watch_children(launch.channel)
        worker_ready.connect(lambda **_: launch.up(celery.__version__), weak=False)
        app = str(launch.option("app", "tasks"))
        import_for(launch, app.partition(":")[0])
        command(self.arguments(launch, app), auto_envvar_prefix="CELERY")

    def arguments(self, launch: Launch, app: str) -> list[str]:
        """The command line after `celery`."""
        line = ["-q", "-A", app, "worker", "-n", f"{launch.spec.lane}@lab"]
        line += ["-l", str(launch.option("loglevel", "warning"))]
        line += ["-P", str(launch.option("pool", "prefork")), "-c", str(launch.option("concurrency", 1))]
        if not launch.option("mingle", False):
            line.append("--without-mingle")
        if not launch.option("gossip", False):
            line.append("--without-gossip")
        if not launch.option("heartbeat", True):
            line.append("--without-heartbeat")
        if launch.option("events", False):
            line.append("-E")
        if queues := words(launch.option("queues")):
            line += ["-Q", ",".join(queues)]
        return line + words(launch.option("extra"))

"""`kind = "rq-worker"`: an RQ worker that forks for each job.

Options: `queues` (list, default `default`), `burst`, `maintenance_interval` (seconds, default 600),
`scheduler` (true: with RQ's scheduler), `loglevel`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

from sandbox.inside.instruments.rq import instrument
from sandbox.inside.processes.lane_process import LaneProcess, Launch, resolve, words
from sandbox.protocol import ProcessSpec


class RqWorker(LaneProcess):
    def queues(self, spec: ProcessSpec, knobs: Mapping[str, Any]) -> list[str]:
        return [
            f"rq:queue:{name}" for name in words(resolve(spec.options.get("queues"), knobs)) or ["default"]
        ]

    def run(self, launch: Launch) -> None:
        rq, redis = importlib.import_module("rq"), importlib.import_module("redis")
        instrument(launch.channel)
        connection = redis.Redis.from_url(os.environ["REDIS_URL"])
        names = words(launch.option("queues")) or ["default"]
        worker = rq.Worker(
            names,
            connection=connection,
            name=launch.spec.lane,
            maintenance_interval=int(launch.option("maintenance_interval", 600)),
        )
        register = worker.register_birth

        def register_birth() -> None:
            register()
            launch.up(rq.__version__)

        worker.register_birth = register_birth
        worker.work(
            burst=bool(launch.option("burst", False)),
            logging_level=str(launch.option("loglevel", "WARNING")).upper(),
            with_scheduler=bool(launch.option("scheduler", False)),
        )

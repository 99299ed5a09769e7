"""`kind = "beat"`: Celery's scheduler.

Options: `app` (module, default `tasks`), `schedule` (file, default `/tmp/beat-<lane>`), `max_interval`
(seconds, default 1), `loglevel`, `extra` (more words for the command line).
"""

from __future__ import annotations

import celery
from celery.bin.celery import celery as command
from celery.signals import beat_init

from sandbox.inside.instruments.celery import instrument, instrument_beat
from sandbox.inside.processes.lane_process import LaneProcess, Launch, import_for, words


class Beat(LaneProcess):
    def run(self, launch: Launch) -> None:
        instrument(launch.channel)
        instrument_beat(launch.channel)
        beat_init.connect(lambda **_: launch.up(celery.__version__), weak=False)
        app = str(launch.option("app", "tasks"))
        import_for(launch, app.partition(":")[0])
        line = ["-q", "-A", app, "beat", "-l", str(launch.option("loglevel", "warning")), "--pidfile="]
        line += ["-s", str(launch.option("schedule", f"/tmp/beat-{launch.spec.lane}"))]  # noqa: S108 (the jail's own)
        line += ["--max-interval", str(launch.option("max_interval", 1))]
        command([*line, *words(launch.option("extra"))], auto_envvar_prefix="CELERY")

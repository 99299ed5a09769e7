"""`run = "scheduler"`: a script that builds an APScheduler; every scheduler in it is watched.

Options: `file` (default `<lane>.py`). The file named by `CLOCK_FILE` holds the seconds that the command `clock` moved the
lab's clock by; a lab that simulates time reads it.
"""

from __future__ import annotations

import importlib
import sys

from sandbox.inside.failures import sentence
from sandbox.inside.instruments.apscheduler import instrument
from sandbox.inside.instruments.callers import instrument as instrument_callers
from sandbox.inside.processes.kind import Launch, ProcessKind
from sandbox.inside.sources import Sources


class Scheduler(ProcessKind):
    name = "scheduler"
    system = "apscheduler"
    is_script = True
    is_ordered = False  # a short job may end before the scheduler tells that it was submitted

    def run(self, launch: Launch) -> None:
        version = str(importlib.import_module("apscheduler").version)
        instrument(launch.channel, on_start=lambda: launch.up(version))
        instrument_callers(launch.channel)
        file = str(launch.option("file", f"{launch.spec.lane}.py"))
        sys.argv = [file]
        sources = Sources(launch.files)
        sources.install()
        try:
            sources.run(file)
        except Exception as error:
            launch.channel.note("fatal", sentence=sentence(error))
            raise

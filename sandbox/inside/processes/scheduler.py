"""`kind = "scheduler"`: a script that builds an APScheduler; every scheduler in it is instrumented.

Options: `file` (default `<lane>.py`). The file that `CLOCK_FILE` names holds the seconds by which the command
`clock` has moved the lab's clock; a lab that simulates time reads it.
"""

from __future__ import annotations

import importlib
import sys

from sandbox.inside.instruments.apscheduler import instrument
from sandbox.inside.instruments.callers import instrument as instrument_callers
from sandbox.inside.lab_code.failures import sentence
from sandbox.inside.lab_code.lab_modules import Sources
from sandbox.inside.processes.lane_process import LaneProcess, Launch


class Scheduler(LaneProcess):
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

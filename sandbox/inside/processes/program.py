"""`kind = "python"`: a script of the lab. The one with the lane `driver` directs the run and ends it by
ending.

Options: `file` (default `<lane>.py`), `arguments` (list).
"""

from __future__ import annotations

import platform
import sys

from sandbox.inside.driver_api import Deadline
from sandbox.inside.instruments.callers import instrument
from sandbox.inside.lab_code.failures import sentence
from sandbox.inside.lab_code.lab_modules import Sources
from sandbox.inside.processes.lane_process import LaneProcess, Launch, words


class Program(LaneProcess):
    def run(self, launch: Launch) -> None:
        instrument(launch.channel)
        launch.up(platform.python_version())
        file = str(launch.option("file", f"{launch.spec.lane}.py"))
        sys.argv = [file, *words(launch.option("arguments"))]
        sources = Sources(launch.files)
        sources.install()
        try:
            sources.run(file)
        except Deadline:
            return  # the supervisor has written a mark, and the checks report what is missing
        except Exception as error:
            launch.channel.note("fatal", sentence=sentence(error))
            raise

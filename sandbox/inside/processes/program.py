"""`run = "python"`: a script of the lab. The one whose lane is `driver` tells the run's story, and ends it by ending.

Options: `file` (default `<lane>.py`), `arguments` (list).
"""

from __future__ import annotations

import platform
import sys

from sandbox.inside.bench import Deadline
from sandbox.inside.failures import sentence
from sandbox.inside.instruments.callers import instrument
from sandbox.inside.processes.kind import Launch, ProcessKind, words
from sandbox.inside.sources import Sources


class Program(ProcessKind):
    name = "python"
    system = "python"
    is_script = True

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
            return  # the supervisor has marked it; the checks say what was missing
        except Exception as error:
            launch.channel.note("fatal", sentence=sentence(error))
            raise

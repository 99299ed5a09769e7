"""Tells the supervisor which file of the lab a lane is importing, so that a late start can be explained."""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from sandbox.inside.channel import Channel
from sandbox.inside.lab_code.lab_folder import FOLDER


class ImportWatch(importlib.abc.MetaPathFinder):
    """Finds modules as Python does, and notes when one of the lab's files begins and ends to execute."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._under_way: list[str] = []

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for modules outside the lab's folder; Python then asks its other finders."""
        spec = PathFinder.find_spec(fullname, path, target)
        origin = (spec and spec.origin) or ""
        if spec is None or spec.loader is None or not origin.startswith(f"{FOLDER}/"):
            return None
        file, execute = origin.removeprefix(f"{FOLDER}/"), spec.loader.exec_module

        def watched(module: ModuleType) -> None:
            self._under_way.append(file)
            self._say()
            try:
                execute(module)
            finally:
                self._under_way.pop()
                self._say()

        # On the instance: importlib calls `spec.loader.exec_module`, and the loader's kind stays what it was.
        spec.loader.exec_module = watched  # type: ignore[method-assign]
        return spec

    def _say(self) -> None:
        self._channel.note("importing", data={"file": self._under_way[-1] if self._under_way else ""})

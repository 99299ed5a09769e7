"""Imports of a lab's scripts from the files in the run's request, not from the lab's folder.

Every process of a run can write to the lab's folder. What the driver reports is evidence, so another lane
must not be able to replace the driver's file, or a module that it imports, before the driver reads it.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

from sandbox.inside.lab_code.lab_folder import FOLDER


class Sources(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Finds and loads the modules that are among these files."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for a module that is not among the files; Python then tries its other finders."""
        if self._name(fullname) in self._files:
            return spec_from_loader(fullname, self, is_package=self.is_package(fullname))
        if any(name.startswith(f"{fullname}/") for name in self._files):
            return ModuleSpec(fullname, None, is_package=True)
        return None

    def get_filename(self, fullname: str) -> str:
        return f"{FOLDER}/{self._name(fullname)}"

    def get_source(self, fullname: str) -> str:
        try:
            return self._files[self._name(fullname)]
        except KeyError:
            raise ImportError(f"No file of the lab is named {fullname}") from None

    def is_package(self, fullname: str) -> bool:
        return self._name(fullname).endswith("/__init__.py")

    def install(self) -> None:
        """Search these files first and the folder last, so that a file in the folder cannot hide a Python
        module.
        """
        sys.meta_path.insert(0, self)
        sys.path[:] = [*(place for place in sys.path if place != str(FOLDER)), str(FOLDER)]

    def run(self, file: str) -> None:
        """Run one of the files as a program. Raises `FileNotFoundError`, and what the program raises."""
        if file not in self._files:
            raise FileNotFoundError(f"The lab has no file {file}")
        place = f"{FOLDER}/{file}"
        program = ModuleType("__main__")
        program.__dict__.update(__file__=place, __loader__=self, __package__="")
        sys.modules["__main__"] = program
        exec(compile(self._files[file], place, "exec", dont_inherit=True), program.__dict__)  # noqa: S102 (what a lane is for)

    def _name(self, fullname: str) -> str:
        module = fullname.replace(".", "/")
        package = f"{module}/__init__.py"
        return package if package in self._files else f"{module}.py"

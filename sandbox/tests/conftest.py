"""A warden that all tests of this folder share, as a runner host has one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.tests.client import WardenProcess, running_warden


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the name of a unix socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="bbw-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def warden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WardenProcess]:
    """A warm warden."""
    with tempfile.TemporaryDirectory(prefix="bbw-") as name, running_warden(Path(name), pool=2) as started:
        status = started.wait_until(warm=1)
        assert status["mode"] == "jail", status["sentence"]
        yield started

"""What an operator is told of a warden's protections."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sandbox.tests.client import BASE, running_warden


def ask(path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "sandbox.warden", "--status", "--socket", str(path)]
    return subprocess.run(words, cwd=BASE, capture_output=True, text=True, check=False)


@pytest.mark.jail
def test_the_status_lists_each_protection_in_words(warden) -> None:
    said = ask(warden.path)
    lines = dict(line.split(maxsplit=1) for line in said.stdout.splitlines())
    assert lines["mode"] == "jail"
    assert {"namespaces", "user", "disk", "inodes", "network", "memory", "processes", "processor"} <= set(lines)


def test_a_warden_that_has_no_jail_says_why(folder) -> None:
    with running_warden(folder, "--environments", f"main={folder}") as warden:
        warden.wait_until(warm=1)
        assert "run `make install`" in ask(warden.path).stdout


def test_a_socket_without_a_warden_is_named(folder) -> None:
    said = ask(folder / "none.sock")
    assert said.returncode == 1
    assert "No warden answers" in said.stderr

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labs.tests.conftest import LAB
from labs.tests.fake_warden import FakeWarden


@pytest.fixture
def said(content: Path, settings: Any) -> io.StringIO:
    settings.CONTENT = content
    return io.StringIO()


def test_a_run_that_is_judged_otherwise_than_its_author_says_is_told_and_not_kept(
    warden: FakeWarden, content: Path, said: io.StringIO
) -> None:
    recording = content / "labs" / LAB / "traces" / "starter.jsonl"
    before = recording.read_text()
    with pytest.raises(CommandError, match="2 reference runs"):
        call_command("record_traces", LAB, stdout=said)
    assert "DIFFERS" in said.getvalue()
    assert recording.read_text() == before


def test_the_solution_is_what_differs_from_the_starter(warden: FakeWarden, said: io.StringIO) -> None:
    with pytest.raises(CommandError):
        call_command("record_traces", LAB, check=True, stdout=said)
    starter, solution = (request["files"] for request in warden.requests)
    assert starter["tasks.py"] == solution["tasks.py"]
    assert starter["settings.py"] != solution["settings.py"]


def test_a_run_that_does_not_come_to_its_end_is_told(warden: FakeWarden, said: io.StringIO) -> None:
    warden.scripts = [lambda line: line.end("over_limit", "Too much memory.")]
    with pytest.raises(CommandError):
        call_command("record_traces", LAB, check=True, stdout=said)
    assert "NOT RUN  over_limit: Too much memory." in said.getvalue()


def test_a_lab_that_there_is_not_is_said(said: io.StringIO) -> None:
    with pytest.raises(CommandError, match="There is no lab nosuch"):
        call_command("record_traces", "nosuch", stdout=said)

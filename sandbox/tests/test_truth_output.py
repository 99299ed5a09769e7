"""Lines of output are cut before anything else, and keep their beginning in any script."""

from __future__ import annotations

import pytest

from sandbox.caps import Caps, shortened
from sandbox.protocol import EVENT_LIMIT
from sandbox.tests.client import process
from sandbox.tests.truth import ends_by_name, run_program


@pytest.mark.jail
def test_a_chatty_task_hides_neither_its_end_nor_its_neighbour(warden) -> None:
    ran = run_program(warden, "output", process("worker-1", "celery-worker", pool="threads", concurrency=2))
    assert ends_by_name(ran) == {
        name: ["succeeded"] for name in ("tasks.shouts", "tasks.chatters", "tasks.calm")
    }
    assert not [event for event in ran.events if event["data"].get("late")]
    cut = [event["data"]["counts"] for event in ran.of("dropped")]
    assert {kind for counts in cut for kind in counts} == {"log"}
    rows = sum(text.startswith("row ") for text in ran.texts())
    assert rows + sum(counts["log"] for counts in cut) == 3000


@pytest.mark.jail
def test_a_long_line_keeps_its_beginning(warden) -> None:
    ran = run_program(warden, "output", process("worker-1", "celery-worker", pool="threads", concurrency=2))
    (line,) = [text for text in ran.texts() if "ö" in text]
    assert line.count("ö") > 1000


def test_output_leaves_room_for_tasks_in_every_second() -> None:
    caps = Caps(burst=10, events=1000)
    lines = [list(caps.admit({"lane": "w", "kind": "log", "data": {}}, 50, 0.0)) for _ in range(100)]
    starts = [list(caps.admit({"lane": "w", "kind": "task-started", "data": {}}, 50, 0.1)) for _ in range(6)]
    assert sum(map(len, lines)) == 6
    assert sum(map(len, starts)) == 4


@pytest.mark.parametrize("text", ["ö", "猫", "😀", "\x1b", "x"])
def test_a_shortened_event_fits_and_says_how_long_it_was(text: str) -> None:
    event, size = shortened({"lane": "w", "kind": "log", "data": {"text": text * 9000}}, 54_321)
    assert size <= EVENT_LIMIT
    assert event["data"]["cut"] == 54_321
    assert event["data"]["text"].startswith(text * 80)

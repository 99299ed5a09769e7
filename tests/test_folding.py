"""Three programs fold events into executions, and agree: the judge, the supervisor in the jail, the browser.

The browser's model reads the same files in `tests/js/folding.test.js`. Each file in `tests/traces/folding`
has events and the executions that they make: times in seconds, `ended` null and `outcome` `open` while one is
under way, `execution` the number that tells executions of one task apart, null in recordings without it. An
event's `note` is what only the supervisor hears of it: the request object and the process that delivered the
task.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from labs.checking import Trace
from sandbox.inside.task_history import TaskHistory
from sandbox.protocol import Event

FILES = sorted((Path(__file__).parent / "traces" / "folding").glob("*.json"))
NUMBER = ("execution", "run")  # recordings from before call it `run`


def read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))


def number_of(event: dict[str, Any]) -> int | None:
    return next((event["data"][key] for key in NUMBER if key in event["data"]), None)


def claims(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of each runner that claimed the run, the first one's first."""
    parts: list[list[dict[str, Any]]] = [[]]
    for event in events:
        if event["kind"] == "run-requeued":
            parts.append([])
        parts[-1].append(event)
    return parts


def as_event(raw: dict[str, Any]) -> Event:
    """The event as the judge gets it, its number under either name."""
    number = number_of(raw)
    data = raw["data"] if number is None else {**raw["data"], **dict.fromkeys(NUMBER, number)}
    return Event.from_json({**{key: value for key, value in raw.items() if key != "note"}, "data": data})


def test_the_files_cover_what_can_happen_to_a_task() -> None:
    assert len(FILES) >= 12
    outcomes = {execution["outcome"] for file in FILES for execution in read(file)["executions"]}
    assert outcomes == {
        *("succeeded", "failed", "retried", "rejected", "revoked", "ignored", "replaced", "cancelled"),
        *("killed", "open"),
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_judge_finds_the_executions_of_the_last_claim(file: Path) -> None:
    trace = read(file)
    judged = claims(trace["events"])[-1]
    found = [
        {
            "task": one.task,
            "name": one.name,
            "lane": one.lane,
            "execution": one.number,
            "started": one.started,
            "ended": None if math.isinf(one.ended) else one.ended,
            "outcome": one.outcome,
        }
        for one in Trace([as_event(event) for event in judged], {}).executions(eager=True)
    ]
    assert found == [one for one in trace["executions"] if one["started"] >= judged[0]["t"]], trace["title"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_supervisor_gives_the_numbers_that_the_trace_has(file: Path) -> None:
    for events in claims(read(file)["events"]):
        ledger = TaskHistory()
        for event in events:
            if event["kind"] == "lane-down" and "forged" not in event["data"]:
                ledger.lane_down(event["lane"])
            if not event["kind"].startswith("task-") or event["kind"] == "task-redelivered":
                continue
            given = number_by(ledger, event)
            if number_of(event) is not None and "forged" not in event["data"]:
                assert given == number_of(event), f"{file.stem}, event {event['seq']}"


def number_by(ledger: TaskHistory, event: dict[str, Any]) -> int | None:
    """The number that the supervisor writes into this event, which reaches it as a note without one."""
    kind = "task-sending" if event["kind"] == "task-sent" else event["kind"]
    data = {key: value for key, value in event["data"].items() if key not in (*NUMBER, "forged")}
    name = data.get("task_name", event.get("name"))
    note = {
        "kind": kind,
        "task": event.get("task"),
        "name": name,
        "attempt": event.get("attempt"),
        "data": data,
    }
    events = ledger.read(event["lane"], {**note, **event.get("note", {})}, event["data"].get("forged"))
    if kind == "task-sending":
        ledger.read(event["lane"], {**note, "kind": "task-sent"})
    return number_of(events[-1]) if events else None

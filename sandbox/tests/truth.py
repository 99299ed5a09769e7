"""What a trace says of executions, for tests that compare it with what a program did.

The programs are in `programs/`, a folder each.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sandbox.inside.task_history import ENDINGS
from sandbox.protocol import ProcessSpec
from sandbox.tests.client import Ran, WardenProcess, make_request, process

PROGRAMS = Path(__file__).parent / "programs"
DRIVER = process("driver", "python")


def run_program(warden: WardenProcess, name: str, *lanes: ProcessSpec, **overrides: Any) -> Ran:
    """Run a folder of `programs/`, with its driver, to its end."""
    files = {path.name: path.read_text() for path in (PROGRAMS / name).glob("*.py")}
    ran = warden.run(make_request(files, *lanes, DRIVER, memory_mb=600, **overrides))
    assert (ran.outcome, ran.reason) == ("finished", ""), ran.texts()[-10:]
    assert not [event for event in ran.events if event["data"].get("forged")]
    return ran


def whole_name(event: dict[str, Any]) -> str:
    return str(event["data"].get("task_name", event.get("name")))


def ends(ran: Ran) -> dict[tuple[str, str, int], list[str]]:
    """Kinds of the ends of each execution, by task id, name and number; `killed` for one that ended with its
    process.
    """
    found: dict[tuple[str, str, int], list[str]] = {}
    processes: dict[tuple[str, str, int], tuple[str, int | None]] = {}
    for event in ran.events:
        number = event["data"].get("execution")
        key = (event.get("task", ""), whole_name(event), number)
        if event["kind"] == "task-started":
            assert key not in found, key
            found[key], processes[key] = [], (event["lane"], event["data"].get("process"))
        elif event["kind"] in ENDINGS and number is not None:
            found[key].append(event["kind"].removeprefix("task-"))
        elif event["kind"] == "lane-down":
            lane, _, child = event["lane"].partition("/")
            for one, (place, pid) in processes.items():
                if place == lane and (not child or pid == event["data"]["pid"]) and not found[one]:
                    found[one].append("killed")
    return found


def ends_by_name(ran: Ran) -> dict[str, list[str]]:
    """The ends of each name's executions in the order of their starts; asserts that each has exactly one."""
    found: dict[str, list[str]] = defaultdict(list)
    for (_, name, _), kinds in ends(ran).items():
        assert len(kinds) == 1, (name, kinds)
        found[name] += kinds
    return dict(found)


def moments(ran: Ran, kind: str, **match: Any) -> list[float]:
    """When such events happened, by their senders' clock."""
    return [event["data"]["at"] for event in ran.of(kind, **match)]

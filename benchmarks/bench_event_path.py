"""Processor time of one event in the supervisor, the warden and the runner, beside one JSON round trip.

No process is started: the three steps run one after the other on the same events, in memory.

    python -m benchmarks.bench_event_path [--events 4000]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from labs.runner.warden_client import event_body, read_message
from sandbox.caps import Caps
from sandbox.inside.supervision.warden_connection import WardenConnection
from sandbox.jail_lines import event_line, event_text, read

NO_CAPS: dict[str, Any] = {"events": 10**9, "size": 10**12, "burst": 10**9}
ROUNDS = 5
Given = TypeVar("Given")
Result = TypeVar("Result")


class Lines:
    """Takes a socket's place and keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, line: bytes) -> None:
        self.sent.append(line)


def notes(count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Events of two common kinds, as lane, kind and fields."""
    at = time.monotonic()
    found: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(count):
        if number % 2:
            data: dict[str, Any] = {"process": 17, "task_name": "tasks.export_stock", "execution": number}
            fields = {"task": f"3f0c6b1e-0000-4000-8000-{number:012d}", "name": "export_stock", "attempt": 1}
            found.append(("worker-1", "task-started", {**fields, "data": data, "at": at}))
        else:
            data = {"path": f"stock/3/{number}", "method": "POST", "status": 204, "seconds": 0.95}
            found.append(("backoffice", "stub-called", {"data": {**data, "note": "café"}, "at": at}))
    return found


def supervisor(events: list[tuple[str, str, dict[str, Any]]]) -> list[bytes]:
    lines = Lines()
    connection = WardenConnection(cast("Any", lines))
    connection.caps = Caps(**NO_CAPS)
    for lane, kind, fields in events:
        connection.event(lane, kind, **fields)
    return [line.removesuffix(b"\n") for line in lines.sent]


def warden(lines: list[bytes]) -> list[bytes]:
    caps, passed = Caps(**NO_CAPS), []
    for line in lines:
        event = read(line)["event"]
        text = event_text(event)
        for admitted in caps.admit(event, len(text), 0.0):
            passed.append(event_line(text if admitted is event else event_text(admitted)))
    return [line.removesuffix(b"\n") for line in passed]


def runner(lines: list[bytes]) -> list[str]:
    return [event_body(read_message(line)["event"])[1] for line in lines]


def round_trip(lines: list[bytes]) -> list[str]:
    return [json.dumps(json.loads(line)) for line in lines]


def timed(step: Callable[[Given], Result], given: Given, count: int) -> tuple[Result, float]:
    """The step's result, and the microseconds of processor time for one event in the fastest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        result = step(given)
        best = min(best, time.process_time() - begun)
    return result, best / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_event_path", description=__doc__)
    parser.add_argument("--events", type=int, default=4000)
    count = parser.parse_args().events
    from_jail, in_supervisor = timed(supervisor, notes(count), count)
    from_warden, in_warden = timed(warden, from_jail, count)
    _, in_runner = timed(runner, from_warden, count)
    _, in_json = timed(round_trip, from_warden, count)
    for name, took in (
        ("supervisor", in_supervisor),
        ("warden", in_warden),
        ("runner", in_runner),
        ("one decoding and encoding", in_json),
    ):
        print(f"{name:28} {took:6.1f} µs an event")


if __name__ == "__main__":
    main()

"""Reference runs: a lab's starter and solution in the local warden's jail, without database, queue or stream.

Their traces are stored in `traces/`, and their verdicts show whether the lab behaves as its author says.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from labs.catalog.loading import LabSource
from labs.judging.evaluation import Judgement, compiled, judge
from labs.judging.lateness import Lateness
from labs.live import stream
from labs.models.run import random_seed
from labs.runner.event_log import run_ended, run_started
from labs.runner.warden_client import Connection, WardenGone, event_body
from sandbox.protocol import CommandSpec, End, Event, Limits, ProcessSpec, RunRequest

AFTER_WALL = 35.0


class NotRun(Exception):
    """The run did not finish by itself. The text says why."""


@dataclass(frozen=True)
class Reference:
    """One reference run: its trace and its verdicts."""

    lines: list[str]
    judgement: Judgement

    @property
    def failed(self) -> list[str]:
        """Ids of the checks that did not pass."""
        return [verdict["id"] for verdict in self.judgement.checks if verdict["verdict"] != "passed"]


def perform(
    source: LabSource, checks: str, *, solved: bool, knobs: dict[str, Any] | None = None
) -> Reference:
    """Run the starter, or the solution, and judge it by the text of `checks`. Raises `NotRun` and
    `WardenGone`.
    """
    definition = source.definition
    values = {knob["name"]: knob["default"] for knob in definition["knobs"]} | (knobs or {})
    files = {**definition["files"], **(definition["solution"] if solved else {})}
    request = RunRequest(
        run=f"reference-{source.slug}",
        claim=1,
        seed=random_seed(),
        environment=definition["environment"],
        files=files,
        processes=tuple(ProcessSpec(p["lane"], p["kind"], p["options"]) for p in definition["processes"]),
        commands=tuple(CommandSpec(c["action"], tuple(c["targets"])) for c in definition["commands"]),
        knobs=values,
        limits=Limits(**definition["limits"]),
        lab=source.slug,
    )
    happened, raw = _listen(request)
    events = [("0.0", stream.opening_event(1)), ("0.0", run_started(request.seed, values)), *happened]
    judgement = judge(compiled(checks, source.slug), _read(events), values, Lateness.from_json(raw))
    events.append((events[-1][0], run_ended(judgement.outcome, "", raw)))
    return Reference(stream.trace_lines(events), judgement)


def _read(events: list[tuple[str, str]]) -> list[Event]:
    return [Event.from_json(json.loads(line)) for line in stream.trace_lines(events)]


def _listen(request: RunRequest) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The events, each with its time, and how busy the machine was."""
    began = time.monotonic()
    until = began + request.limits.wall + AFTER_WALL
    events: list[tuple[str, str]] = []
    with Connection() as connection:
        connection.submit(request)
        while (left := until - time.monotonic()) > 0:
            for message in connection.read(left):
                if "event" in message:
                    events.append((f"{time.monotonic() - began:.3f}", event_body(message["event"])[1]))
                elif "refused" in message:
                    raise NotRun(message["refused"])
                elif message["end"]["outcome"] == End.FINISHED:
                    return events, message["end"].get("lateness") or {}
                else:
                    raise NotRun(f"{message['end']['outcome']}: {message['end']['reason']}")
    raise WardenGone("the warden sent nothing for too long")

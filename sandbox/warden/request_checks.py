"""Checks of what a runner requests. The runner is trusted; the check finds mistakes in labs early."""

from __future__ import annotations

import re
from typing import Any

from sandbox.protocol import FILES_LIMIT, LANE, TRACE_EVENTS, Action, Limits, RunRequest, files_size

FILE_NAME = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_-]{0,60}/)?[A-Za-z_][A-Za-z0-9_.-]{0,80}\Z")
MOST_FILES, MOST_PROCESSES = 60, 24
LONGEST_WALL, MEMORY = 300.0, (96, 2048)


class RequestRefused(Exception):
    """The run or the command is refused; the text is for a person."""


def request_of(raw: Any, environments: tuple[str, ...]) -> RunRequest:
    """The request in a `run` line. Raises `RequestRefused`."""
    try:
        request = RunRequest.from_json(raw)
        limits = request.limits
        wall, memory, events = float(limits.wall), int(limits.memory_mb), int(limits.events)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RequestRefused(f"The request cannot be read: {type(error).__name__} {error}.") from None
    if request.environment not in environments:
        raise RequestRefused(
            f"This warden has no environment “{request.environment}”; it has {', '.join(environments)}."
        )
    for name, text in request.files.items():
        if not FILE_NAME.match(name) or ".." in name:
            raise RequestRefused(f"“{name[:80]}” is not a plain file name.")
        if "\0" in text:
            raise RequestRefused(f"{name} holds a NUL character.")
    if len(request.files) > MOST_FILES or files_size(request.files) > FILES_LIMIT:
        raise RequestRefused(f"The files are more than {MOST_FILES} or larger than {FILES_LIMIT >> 20} MiB.")
    _check_lanes(request)
    if not (0 < wall <= LONGEST_WALL and MEMORY[0] <= memory <= MEMORY[1] and 0 < events <= TRACE_EVENTS):
        raise RequestRefused(
            f"The limits are out of range: wall to {LONGEST_WALL:g} s, "
            f"memory {MEMORY[0]} to {MEMORY[1]} MiB, {TRACE_EVENTS} events."
        )
    return RunRequest(**{**vars_of(request), "limits": Limits(wall, memory, events)})


def command_of(raw: dict[str, Any], request: RunRequest) -> dict[str, Any]:
    """The command in a `command` line, in the supervisor's form. Raises `RequestRefused` if the lab does not
    allow the command.
    """
    action, target, by = str(raw.get("action")), str(raw.get("target")), str(raw.get("by", "learner"))
    if action not in set(Action):
        raise RequestRefused(f"There is no action “{action[:40]}”.")
    lanes = {spec.lane for spec in request.processes} | {"broker"}
    if not LANE.match(target) or target.partition("/")[0] not in lanes:
        raise RequestRefused(f"This lab has no lane “{target[:40]}”.")
    if not any(command.action == action and target in command.targets for command in request.commands):
        raise RequestRefused(f"This lab does not allow “{action}” on {target}.")
    options = raw.get("options")
    return {
        "action": action,
        "target": target,
        "by": by[:20],
        "options": options if isinstance(options, dict) else {},
    }


def _check_lanes(request: RunRequest) -> None:
    lanes = [spec.lane for spec in request.processes]
    if not lanes or len(lanes) > MOST_PROCESSES:
        raise RequestRefused(f"A run needs 1 to {MOST_PROCESSES} processes.")
    for lane in lanes:
        if not isinstance(lane, str) or not LANE.match(lane) or "/" in lane:
            raise RequestRefused(f"“{str(lane)[:40]}” cannot be the name of a lane.")
    if len(set(lanes)) != len(lanes):
        raise RequestRefused("Two processes have the same lane.")


def vars_of(request: RunRequest) -> dict[str, Any]:
    """The request's fields by name (it has slots, so `vars` cannot)."""
    return {name: getattr(request, name) for name in RunRequest.__dataclass_fields__}

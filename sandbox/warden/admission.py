"""Is what a runner asks for something that this warden can run? The runner is trusted; its labs' authors make mistakes."""

from __future__ import annotations

import re
from typing import Any

from sandbox.protocol import FILES_LIMIT, LANE, TRACE_EVENTS, Action, Limits, RunRequest

FILE_NAME = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_-]{0,60}/)?[A-Za-z_][A-Za-z0-9_.-]{0,80}\Z")
MOST_FILES, MOST_PROCESSES = 60, 24
LONGEST_WALL, MEMORY = 300.0, (96, 2048)


class Refused(Exception):
    """The run or the command cannot be taken; the text is for a person."""


def request_of(raw: Any, environments: tuple[str, ...]) -> RunRequest:
    """The request in a `run` line. Raises `Refused`."""
    try:
        request = RunRequest.from_json(raw)
        limits = request.limits
        wall, memory, events = float(limits.wall), int(limits.memory_mb), int(limits.events)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"The request is none: {type(error).__name__} {error}.") from None
    if request.environment not in environments:
        raise Refused(f"This warden has no environment “{request.environment}”; it has {', '.join(environments)}.")
    for name, text in request.files.items():
        if not FILE_NAME.match(name) or ".." in name:
            raise Refused(f"“{name[:80]}” is no plain file name.")
        if "\0" in text:
            raise Refused(f"{name} holds a NUL character.")
    if (
        len(request.files) > MOST_FILES
        or sum(len(text.encode("utf-8", "replace")) for text in request.files.values()) > FILES_LIMIT
    ):
        raise Refused(f"The files are more than {MOST_FILES} or larger than {FILES_LIMIT >> 20} MiB.")
    _check_lanes(request)
    if not (0 < wall <= LONGEST_WALL and MEMORY[0] <= memory <= MEMORY[1] and 0 < events <= TRACE_EVENTS):
        raise Refused(
            f"The limits are out of range: wall to {LONGEST_WALL:g} s, memory {MEMORY[0]} to {MEMORY[1]} MiB, {TRACE_EVENTS} events."
        )
    return RunRequest(**{**vars_of(request), "limits": Limits(wall, memory, events)})


def command_of(raw: dict[str, Any], request: RunRequest) -> dict[str, Any]:
    """The command in a `command` line, as the supervisor takes it. Raises `Refused` for what the lab does not allow."""
    action, target, by = str(raw.get("action")), str(raw.get("target")), str(raw.get("by", "learner"))
    if action not in set(Action):
        raise Refused(f"There is no action “{action[:40]}”.")
    lanes = {spec.lane for spec in request.processes} | {"broker"}
    if not LANE.match(target) or target.partition("/")[0] not in lanes:
        raise Refused(f"This lab has no lane “{target[:40]}”.")
    if not any(command.action == action and target in command.targets for command in request.commands):
        raise Refused(f"This lab does not allow “{action}” on {target}.")
    options = raw.get("options")
    return {"action": action, "target": target, "by": by[:20], "options": options if isinstance(options, dict) else {}}


def _check_lanes(request: RunRequest) -> None:
    lanes = [spec.lane for spec in request.processes]
    if not lanes or len(lanes) > MOST_PROCESSES:
        raise Refused(f"A run needs 1 to {MOST_PROCESSES} processes.")
    for lane in lanes:
        if not isinstance(lane, str) or not LANE.match(lane) or "/" in lane:
            raise Refused(f"“{str(lane)[:40]}” is no name for a lane.")
    if len(set(lanes)) != len(lanes):
        raise Refused("Two processes have the same lane.")


def vars_of(request: RunRequest) -> dict[str, Any]:
    """The request's fields by name (it has slots, so `vars` cannot)."""
    return {name: getattr(request, name) for name in RunRequest.__dataclass_fields__}

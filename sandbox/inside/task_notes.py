"""What a lane's note about a task says: its delivery, its process, and the event that it becomes."""

from __future__ import annotations

import functools
from typing import Any

Key = tuple[str, str]
"""A task's id and its whole name."""
Delivery = tuple[int, int]
"""The process that received a message, and a number that it gives to each delivery."""


def delivery_of(note: dict[str, Any]) -> Delivery | None:
    number, pid = note.get("delivery"), note.get("pid")
    return (pid, number) if isinstance(number, int) and isinstance(pid, int) else None


def process_of(note: dict[str, Any]) -> int | None:
    """The process that executes the task, or serves the request."""
    data = note.get("data")
    process = data.get("process") if isinstance(data, dict) else None
    return process if isinstance(process, int) else None


def is_called_in_place(note: dict[str, Any]) -> bool:
    """No message was received for an eager call, or for an error callback that is called where it failed."""
    data = note.get("data")
    return isinstance(data, dict) and (data.get("eager") is True or data.get("callback") == "link_error")


@functools.lru_cache(maxsize=1000)
def last_part(name: str) -> str:
    """The last part of a dotted name. `v1.0` is no dotted name, because `0` cannot be a part of one."""
    parts = name.split(".")
    return parts[-1] if all(part.isidentifier() for part in parts) else name


def event_of(lane: str, note: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The event that a note of the lane becomes; `more` is added to its data."""
    data = note.get("data")
    event = {"lane": lane, "kind": note["kind"], "data": {**(data if isinstance(data, dict) else {}), **more}}
    if isinstance(note.get("at"), float):
        event["at"] = note["at"]
    for key in ("task", "name", "attempt"):
        if note.get(key) is not None:
            event[key] = note[key]
    if isinstance(event.get("name"), str) and event["kind"].startswith("task-"):
        event["data"]["task_name"] = event["name"]
        event["name"] = last_part(event["name"])
    return event

"""`import bench`: the functions by which a lab's driver waits for events and commands lanes.

    import bench
    bench.hold("backoffice", path="rates/*")
    bench.wait_for("stub-received", lane="backoffice", deadline=5)
    bench.command("kill", "worker-1")
    bench.release("backoffice")

`mark`, `knob` and `random` work in every process of a lab, the rest only in `python` processes.
"""

from __future__ import annotations

import random as _random
import time
from typing import Any

from sandbox.inside.channel import Channel
from sandbox.protocol import Event

__all__ = [
    "CommandRefused",
    "Deadline",
    "command",
    "hold",
    "knob",
    "mark",
    "pause",
    "random",
    "release",
    "wait_for",
    "wait_until_quiet",
]

LONGEST_PAUSE = 0.5


class Deadline(Exception):
    """The event did not come in time. A driver that does not catch this ends the run normally,
    with a mark.
    """


class CommandRefused(Exception):
    """A command that could not be applied."""


random = _random.Random(0)  # noqa: S311 (a run is to be repeatable)
"""A generator seeded with the run's seed."""

_channel: Channel | None = None
_knobs: dict[str, Any] = {}


def connect(channel: Channel, knobs: dict[str, Any], seed: int) -> None:
    """Called by the bench in each new process, before any file of the lab is imported."""
    global _channel
    _channel = channel
    _knobs.update(knobs)
    random.seed(seed)


def wait_for(kind: str, deadline: float = 5.0, **match: Any) -> Event:
    """The oldest event of this kind that no call has returned before; waits up to `deadline` seconds for it.

    `match` compares fields (`lane`, `task`, `name`, `attempt`), then keys of `data`. Raises `Deadline`.
    """
    answer = _ask({"ask": "wait", "event": kind, "deadline": float(deadline), "match": match})
    if "deadline" in answer:
        raise Deadline(answer["deadline"])
    return Event.from_json(answer["event"])


def command(action: str, lane: str, **options: Any) -> None:
    """Apply a command to a lane. Returns when it is applied; raises `CommandRefused` when it cannot be.

    A command is left out, with a `mark`, if a learner has done the same by hand before.
    """
    answer = _ask({"ask": "command", "action": action, "target": lane, "options": options})
    if "refused" in answer:
        raise CommandRefused(answer["refused"])


def hold(lane: str, path: str = "**") -> None:
    """Let a stub keep its responses for this path (`copies/*`) until `release`. Calls still reach it, which
    `stub-received` shows. Returns when that is sure for all calls from now on; raises `CommandRefused`.
    """
    _ask_stub("hold", lane, path)


def release(lane: str, path: str | None = None) -> None:
    """Let a stub send what it holds for this path, or for all; raises `CommandRefused`."""
    _ask_stub("release", lane, path)


def mark(text: str, **data: Any) -> None:
    """Write a `mark` into the trace."""
    _connected().note("mark", data={"text": str(text), **data})


def pause(seconds: float) -> None:
    """Sleep, at most half a second: wait for events instead."""
    if seconds > LONGEST_PAUSE:
        raise ValueError(f"bench.pause takes at most {LONGEST_PAUSE} s; wait for an event instead.")
    time.sleep(seconds)


def knob(name: str) -> Any:
    """The value of a knob of this lab in this run. Raises `KeyError` for an unknown name."""
    return _knobs[name]


def wait_until_quiet(deadline: float = 10.0, settle: float = 0.5) -> bool:
    """Wait until, for `settle` seconds, queues are empty, nothing is unacknowledged and no task runs. False
    at the deadline.
    """
    return bool(_ask({"ask": "quiet", "deadline": float(deadline), "settle": float(settle)})["quiet"])


def _connected() -> Channel:
    if _channel is None:
        raise RuntimeError("bench works only in a process of a lab.")
    return _channel


def _ask_stub(what: str, lane: str, path: str | None) -> None:
    answer = _ask({"ask": what, "target": lane, **({} if path is None else {"path": path})})
    if "refused" in answer:
        raise CommandRefused(answer["refused"])


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    answer = _connected().ask(question)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer

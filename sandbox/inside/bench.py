"""`import bench`: what a lab's driver says to the bench. It tells the run's story; the supervisor carries it out.

    import bench
    bench.wait_for("lane-up", lane="worker-1", deadline=5)
    bench.command("kill", "worker-1")

`mark`, `knob` and `random` work in every process of a lab, the rest only in `python` processes.
"""

from __future__ import annotations

import random as _random
import time
from typing import Any

from sandbox.inside.channel import Channel
from sandbox.protocol import Event

__all__ = ["Deadline", "Refused", "command", "knob", "mark", "pause", "random", "wait_for", "wait_until_quiet"]

LONGEST_PAUSE = 0.5


class Deadline(Exception):
    """What was waited for did not happen in time. Left alone, it ends the run in good order with a mark that says so."""


class Refused(Exception):
    """A command that could not be applied."""


random = _random.Random(0)  # noqa: S311 (a run is to be repeatable)
"""A generator seeded with the run's seed."""

_channel: Channel | None = None
_knobs: dict[str, Any] = {}


def connect(channel: Channel, knobs: dict[str, Any], seed: int) -> None:
    """Called by the bench itself in each new process, before any file of the lab is read."""
    global _channel
    _channel = channel
    _knobs.update(knobs)
    random.seed(seed)


def wait_for(kind: str, deadline: float = 5.0, **match: Any) -> Event:
    """The oldest event of this kind that was not handed out before, waiting for it up to `deadline` seconds.

    `match` compares fields (`lane`, `task`, `name`, `attempt`), then keys of `data`. Raises `Deadline`.
    """
    answer = _ask({"ask": "wait", "event": kind, "deadline": float(deadline), "match": match})
    if "deadline" in answer:
        raise Deadline(answer["deadline"])
    return Event.from_json(answer["event"])


def command(action: str, lane: str, **options: Any) -> None:
    """Do to a lane what a learner could do by hand. Returns when it is applied; raises `Refused` when it cannot be.

    Whom a learner has killed or started by hand before is left alone, and a `mark` says so.
    """
    answer = _ask({"ask": "command", "action": action, "target": lane, "options": options})
    if "refused" in answer:
        raise Refused(answer["refused"])


def mark(text: str, **data: Any) -> None:
    """Write a `mark` into the trace."""
    _connected().note("mark", data={"text": str(text), **data})


def pause(seconds: float) -> None:
    """Sleep, at most half a second: wait for events instead."""
    if seconds > LONGEST_PAUSE:
        raise ValueError(f"bench.pause takes at most {LONGEST_PAUSE} s; wait for an event instead.")
    time.sleep(seconds)


def knob(name: str) -> Any:
    """The value that the learner gave to a knob of this lab. Raises `KeyError` for a name that is none."""
    return _knobs[name]


def wait_until_quiet(deadline: float = 10.0, settle: float = 0.5) -> bool:
    """Wait until queues are empty, nothing is unacknowledged and nothing runs, for `settle` seconds. False at the deadline."""
    return bool(_ask({"ask": "quiet", "deadline": float(deadline), "settle": float(settle)})["quiet"])


def _connected() -> Channel:
    if _channel is None:
        raise RuntimeError("bench works only in a process of a lab.")
    return _channel


def _ask(question: dict[str, Any]) -> dict[str, Any]:
    answer = _connected().ask(question)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer

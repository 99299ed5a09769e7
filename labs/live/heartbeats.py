"""Which runners are alive, and whether beat and worker are. Heartbeats are keys in Valkey that expire.

`heartbeat:runner:<host>-<pid>` holds the runner's report with its warden's status; `heartbeat:runners` is the
set of names that may have one. `heartbeat:upkeep` exists after beat asked for a sweep and a worker made it.
"""

from __future__ import annotations

import json
from typing import Any, cast

from labs.valkey import Unreachable, connection
from sandbox.protocol import WardenStatus

NAMES = "heartbeat:runners"
FRESH = 8
"""Seconds that a heartbeat counts; runners send one every 2 s."""
UPKEEP = "heartbeat:upkeep"
UPKEEP_FRESH = 60
"""Seconds that a sweep counts as a sign of life; beat asks for one every 5 s."""


def key_of(runner: str) -> str:
    return f"heartbeat:runner:{runner}"


def send(
    runner: str,
    status: WardenStatus | None,
    *,
    running: int,
    slots: int,
    limit: int | None = None,
    lateness: float = 0.0,
) -> None:
    """Report that a runner is alive. `status` is its warden's, None when the warden does not respond. `limit`
    is how many runs it admits at the moment, of at most `slots`, because its timer was `lateness` s late.
    """
    report = {
        "warden": status.to_json() if status else None,
        "running": running,
        "slots": slots,
        "limit": slots if limit is None else limit,
        "lateness": lateness,
    }
    with connection().pipeline(transaction=False) as pipe:
        pipe.set(key_of(runner), json.dumps(report), ex=FRESH)
        pipe.sadd(NAMES, runner)
        pipe.execute()


def withdraw(runner: str) -> None:
    """Remove the heartbeat, because the runner stops."""
    connection().delete(key_of(runner))
    connection().srem(NAMES, runner)


def fresh_runners() -> dict[str, dict[str, Any]]:
    """Runner -> `{"warden": WardenStatus as JSON or None, "running", "slots"}` of those alive. Raises what
    `labs.valkey.Unreachable` lists."""
    # SORT looks up the key of each name, so that names and heartbeats come in one round trip.
    pairs = connection().sort(NAMES, by="nosort", get=["#", key_of("*")], groups=True)
    found = sorted(cast("list[tuple[str, str | None]]", pairs))
    if gone := [name for name, heartbeat in found if heartbeat is None]:
        connection().srem(NAMES, *gone)
    return {name: json.loads(heartbeat) for name, heartbeat in found if heartbeat}


def ages(names: list[str]) -> dict[str, float]:
    """Seconds since the heartbeat of each of these runners. Raises what `labs.valkey.Unreachable` lists."""
    with connection().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(key_of(name))
        left = cast("list[int]", pipe.execute())
    return {name: FRESH - ms / 1000 for name, ms in zip(names, left, strict=True) if ms >= 0}


def note_sweep() -> None:
    """Note that a worker made a sweep for which beat asked, so both are alive."""
    connection().set(UPKEEP, 1, ex=UPKEEP_FRESH)


def upkeep_age() -> float | None:
    """Seconds since the last such sweep; None when it is longer ago than `UPKEEP_FRESH`. Raises what
    `labs.valkey.Unreachable` lists.
    """
    left = connection().pttl(UPKEEP)
    return UPKEEP_FRESH - left / 1000 if left >= 0 else None


def wardens() -> list[WardenStatus]:
    """The statuses of the wardens of all live runners; empty when Valkey is unreachable."""
    try:
        statuses = [runner["warden"] for runner in fresh_runners().values()]
    except Unreachable:
        return []
    return [WardenStatus.from_json(warden) for warden in statuses if warden]


def recordings_only() -> str | None:
    """Why no jail can be made, in a sentence, when every warden that responds only replays recordings; else
    None.
    """
    responding = wardens()
    if responding and all(warden.mode == "replay" for warden in responding):
        return responding[0].sentence or "This machine cannot make a jail."
    return None

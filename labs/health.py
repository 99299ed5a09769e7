"""Who is alive: runners with their wardens, the broker, the database. Heartbeats are keys that expire by themselves.

`heartbeat:runner:<host>-<pid>` holds what its warden says of itself, `heartbeat:runners` names who may have one;
`heartbeat:upkeep` is there when beat asked for a sweep and a worker made it.
"""

from __future__ import annotations

import json
from typing import Any, cast

from celery import current_app
from django.db import Error, connections
from django.utils.translation import gettext_noop

from labs.valkey import Unreachable, connection
from sandbox.protocol import WardenStatus

NAMES = "heartbeat:runners"
FRESH = 8
"""Seconds that a heartbeat counts; runners send one every 2 s."""
UPKEEP = "heartbeat:upkeep"
UPKEEP_FRESH = 60
"""Seconds that a sweep counts as a sign of life; beat asks for one every 5 s."""
BROKER_WITHIN = 1
SILENT = gettext_noop("does not answer")
ANSWERS = {
    gettext_noop("refuses our name or password"): (
        "password",
        "authentication",
        "noauth",
        "wrongpass",
        "access_refused",
    ),
    gettext_noop("is loading its data"): ("loading",),
    gettext_noop("takes no changes"): ("readonly", "read only"),
    gettext_noop("does not answer in time"): ("timeout", "timed out"),
    gettext_noop("is not found under its address"): (
        "gaierror",
        "name or service not known",
        "could not translate host name",
    ),
}
"""What a part does when it gives no good answer, and by which words of an error that is known."""


def key_of(runner: str) -> str:
    return f"heartbeat:runner:{runner}"


def heartbeat(runner: str, status: WardenStatus | None, *, running: int, slots: int) -> None:
    """Say that a runner lives, and how its warden is; None when the warden does not answer."""
    said = {"warden": status.to_json() if status else None, "running": running, "slots": slots}
    with connection().pipeline(transaction=False) as pipe:
        pipe.set(key_of(runner), json.dumps(said), ex=FRESH)
        pipe.sadd(NAMES, runner)
        pipe.execute()


def farewell(runner: str) -> None:
    """The runner stops: nobody shall count on it."""
    connection().delete(key_of(runner))
    connection().srem(NAMES, runner)


def fresh_runners() -> dict[str, dict[str, Any]]:
    """Runner -> `{"warden": WardenStatus as JSON or None, "running", "slots"}` of those alive. Raises what
    `labs.valkey.Unreachable` lists."""
    names = sorted(cast("set[str]", connection().smembers(NAMES)))
    if not names:
        return {}
    found = cast("list[str | None]", connection().mget([key_of(name) for name in names]))
    if gone := [name for name, said in zip(names, found, strict=True) if said is None]:
        connection().srem(NAMES, *gone)
    return {name: json.loads(said) for name, said in zip(names, found, strict=True) if said}


def ages(names: list[str]) -> dict[str, float]:
    """Seconds since the heartbeat of each of these runners. Raises what `labs.valkey.Unreachable` lists."""
    with connection().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(key_of(name))
        left = cast("list[int]", pipe.execute())
    return {name: FRESH - ms / 1000 for name, ms in zip(names, left, strict=True) if ms >= 0}


def upkeep_happened() -> None:
    """Beat asked and a worker swept: both live."""
    connection().set(UPKEEP, 1, ex=UPKEEP_FRESH)


def upkeep_age() -> float | None:
    """Seconds since that, None when it is longer ago than `UPKEEP_FRESH`. Raises what `labs.valkey.Unreachable` lists."""
    left = connection().pttl(UPKEEP)
    return UPKEEP_FRESH - left / 1000 if left >= 0 else None


def wardens() -> list[WardenStatus]:
    """What the wardens of all fresh runners say; empty when Valkey is away."""
    try:
        said = [runner["warden"] for runner in fresh_runners().values()]
    except Unreachable:
        return []
    return [WardenStatus.from_json(warden) for warden in said if warden]


def recordings_only() -> str | None:
    """The sentence that says why no jail can be made, when every warden that answers only replays recordings; else None."""
    answering = wardens()
    if answering and all(warden.mode == "replay" for warden in answering):
        return answering[0].sentence or "This machine cannot make a jail."
    return None


def readiness() -> dict[str, str]:
    """What must be there for a run, each "ok" or a few words on what is wrong: `database`, `broker`, `runner`."""
    return {"database": _database(), "broker": _broker(), "runner": _runner()}


def words_of(error: Exception) -> str:
    """What the part does that raised this, for people: every library has its own classes, and wraps those of others."""
    said = ""
    cause: BaseException | None = error
    while cause is not None:
        said += f" {type(cause).__name__} {cause}".lower()
        cause = cause.__cause__ or cause.__context__
    return next((words for words, signs in ANSWERS.items() if any(sign in said for sign in signs)), SILENT)


def _database() -> str:
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return words_of(error)
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_read(connect_timeout=BROKER_WITHIN) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_WITHIN)
    except Exception as error:  # each transport raises its own
        return words_of(error)
    return "ok"


def _runner() -> str:
    try:
        runners = fresh_runners()
    except Unreachable as error:
        return f"no heartbeat can be read: Valkey {words_of(error)}"
    if not runners:
        return "no runner has a fresh heartbeat"
    if not any(runner["warden"] for runner in runners.values()):
        return "no runner reaches its warden"
    return "ok"

"""A run's live stream in Valkey: who may append, how events get their `seq`, and how it survives a restart.

`run:<id>` holds one entry an event, with the entry id `<seq>-0`; `run:<id>:claim` is the fence: the highest
claim that wrote; `run:<id>:in` carries commands to the runner. An entry has `t` (seconds) and `e` (the
event's JSON without seq and t).
"""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from labs.valkey import connection
from sandbox.protocol import Kind

KEEP_LIVE = 6 * 3600
"""Seconds after its last event that the stream of a run is kept while it lives."""
KEEP_ENDED = 600
"""Seconds that the stream of an ended run is kept. Afterwards the feed reads the trace in the database."""
AT_ONCE = 500
RUN_LANE = "driver"
"""The lane of a run's own events."""
MOST_COMMANDS = 500

APPEND = """
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
local claim, mode, first, keep = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
local length = redis.call('XLEN', KEYS[1])
if fence > claim then return {'fenced', length} end
if mode == 'once' then
  if fence == claim then return {'ok', length} end
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  if last and tonumber(last[2][2]) > tonumber(ARGV[5]) then ARGV[5] = last[2][2] end
  first = length + 1
end
if length + 1 < first then return {'behind', length} end
if fence < claim then redis.call('SET', KEYS[2], claim) end
for i = 5 + 2 * (length + 1 - first), #ARGV - 1, 2 do
  length = length + 1
  redis.call('XADD', KEYS[1], length .. '-0', 't', ARGV[i], 'e', ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], keep)
redis.call('EXPIRE', KEYS[2], keep)
return {'ok', length}
"""
"""One atomic step. ARGV: claim, mode, seq of the first event, seconds to keep, then t and body of each
event.

Mode `at` appends what the stream does not have yet, so that a repeated call is harmless, and says `behind`
when a restarted server has lost events before the first. Mode `once` appends one event that opens a claim.
"""


class Fenced(Exception):
    """A later claim has begun. The caller no longer holds the run."""


def events_key(run: UUID | str) -> str:
    """The stream of a run's events."""
    return f"run:{run}"


def _fenced_keys(run: UUID | str) -> list[str]:
    """The stream of events and its fence."""
    return [events_key(run), f"run:{run}:claim"]


def commands_key(run: UUID | str) -> str:
    """The stream of commands to a run."""
    return f"run:{run}:in"


def run_event(kind: Kind, **data: Any) -> str:
    """An event of the run itself, without seq and t."""
    return json.dumps({"lane": RUN_LANE, "kind": kind, "data": data}, ensure_ascii=False)


def trace_line(seq: int, t: str, event: str) -> str:
    """The contracted JSON object of one event, on one line."""
    return f'{{"seq": {seq}, "t": {t}, {event[1:]}'


def append_events(
    run: UUID | str, claim: int, first: int, events: list[tuple[str, str]], keep: int = KEEP_LIVE
) -> int:
    """Append events (t, body) whose first has the seq `first`; returns how many events the stream has now.

    A number below `first - 1 + len(events)` means that the server has lost some: append again from there.
    Raises `Fenced`, and what `labs.valkey.Unreachable` lists.
    """
    flat = [word for event in events for word in event]
    return _call(run, claim, "at", first, keep, flat)


def append_opening(run: UUID | str, claim: int, event: str, t: str = "0.0") -> int:
    """Append the event that opens a claim, unless it is there. Its time is at least that of the event before
    it.
    """
    return _call(run, claim, "once", 0, KEEP_LIVE, [t, event])


def opening_event(claim: int, *, alone: bool = False) -> str:
    """The event that opens a claim, without seq and t. `alone` says that the run goes back because the
    machine was too busy to judge it, and that nothing else will run beside it.
    """
    if claim == 1:
        return run_event(Kind.RUN_QUEUED)
    return run_event(Kind.RUN_REQUEUED, claim=claim, **({"alone": True} if alone else {}))


def _call(run: UUID | str, claim: int, mode: str, first: int, keep: int, events: list[str]) -> int:
    answer = cast("list[Any]", _script()(keys=_fenced_keys(run), args=[claim, mode, first, keep, *events]))
    if answer[0] == "fenced":
        raise Fenced
    return int(answer[1])


def _script() -> Any:
    return connection().register_script(APPEND)


def read_events(run: UUID | str) -> list[tuple[str, str]]:
    """Every event of a run that the stream has, as (t, body)."""
    entries = cast("list[tuple[str, dict[str, str]]]", connection().xrange(events_key(run)))
    return [(fields["t"], fields["e"]) for _, fields in entries]


def trace_lines(events: list[tuple[str, str]]) -> list[str]:
    """The trace as lines, counted from 1."""
    return [trace_line(number, t, event) for number, (t, event) in enumerate(events, start=1)]


def expire_streams(run: UUID | str, seconds: int = KEEP_ENDED) -> None:
    """Let events, fence and commands expire after so many seconds."""
    for key in (*_fenced_keys(run), commands_key(run)):
        connection().expire(key, seconds)


def send_to_runner(run: UUID | str, claim: int, message: dict[str, Any]) -> bool:
    """Send a message to the run's runner; False when the run has received too many."""
    key = commands_key(run)
    if connection().xlen(key) >= MOST_COMMANDS:
        return False
    connection().xadd(key, {"claim": claim, "message": json.dumps(message)})
    connection().expire(key, KEEP_LIVE)
    return True

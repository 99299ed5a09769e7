"""Hypothesis writes lines that a jail might: whatever comes through is plain and bounded."""

from __future__ import annotations

import json
import math
import socket
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.caps import Caps
from sandbox.inside.supervision.warden_connection import WardenConnection
from sandbox.jail_lines import Malformed, clean, clean_text, read
from sandbox.protocol import EVENT_LIMIT, JAIL_KINDS, LANE, End, Kind

TEXT = st.text(st.characters(codec=None), max_size=60)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(["driver", "worker-1", "worker-1/child", "Driver", "", "a" * 99]) | TEXT,
        "kind": st.sampled_from(list(Kind)) | TEXT,
    },
    optional={"task": VALUES, "name": VALUES, "attempt": VALUES, "data": VALUES, "seq": VALUES, "t": VALUES},
)


def attempt(line: bytes) -> dict[str, Any] | None:
    try:
        return read(line)
    except Malformed:
        return None


def assert_plain(value: Any) -> None:
    """Only what any encoder takes, and no character that ends a line of a stream."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    line.encode("utf-8", "strict")
    assert not {"\n", "\r", "\0", "\u2028", "\u2029", "\x85"} & set(line)


@given(st.binary(max_size=300))
@example(b"[" * 60_000)
@example(b'{"event":' * 5_000)
@example(b'{"event": {"lane": "driver", "kind": "mark", "data": {"x": NaN}}}')
@example(b'{"event": {"lane": "driver", "kind": "mark", "data": {"x": "\\ud800"}}}')
@example(b'{"alive": ' + b"9" * 5000 + b"}")
def test_any_bytes_are_a_message_or_malformed(line) -> None:
    message = attempt(line)
    if message is not None:
        assert_plain(message)


@given(EVENTS)
def test_any_event_comes_out_plain_and_known_or_not_at_all(event) -> None:
    message = attempt(json.dumps({"event": event}).encode())
    if message is not None:
        passed = message["event"]
        assert_plain(passed)
        assert LANE.match(passed["lane"])
        assert passed["kind"] in JAIL_KINDS
        assert set(passed) <= {"lane", "kind", "task", "name", "attempt", "data"}
        assert isinstance(passed["data"], dict)


@given(VALUES)
def test_cleaning_twice_changes_nothing(value) -> None:
    once = clean(value)
    assert clean(once) == once or isinstance(value, float)
    assert_plain(once)


@given(TEXT, st.integers(1, 80))
def test_text_is_never_longer_than_it_may_be(text, longest) -> None:
    assert len(clean_text(text, longest)) <= longest


def test_a_jail_cannot_speak_for_the_runner() -> None:
    for kind in ("run-started", "run-ended", "run-queued", "run-requeued"):
        assert attempt(json.dumps({"event": {"lane": "driver", "kind": kind, "data": {}}}).encode()) is None


def test_numbers_that_a_browser_cannot_hold_become_text() -> None:
    assert clean(2**60) == "a number beyond 2**53"
    assert clean(math.inf) == "not a finite number"


STREAM = st.lists(
    st.tuples(
        st.sampled_from(
            ["mark", "log", "task-started", "task-succeeded", "lane-down", "command", "broker-sample"]
        ),
        st.sampled_from([None, "a", "b", "c"]),
        st.integers(1, 2 * EVENT_LIMIT),
        st.floats(0, 0.4),
    ),
    max_size=120,
)


@given(STREAM, st.integers(3, 40), st.integers(2, 60))
def test_caps_hold_whatever_comes_and_count_what_they_cut(stream, most, burst) -> None:
    caps = Caps(events=most, size=40_000, burst=burst)
    out, now, cut_to_bones = [], 0.0, 0
    for kind, task, size, pause in stream:
        now += pause
        event = {"lane": "driver", "kind": kind, "data": {}, **({"task": task} if task else {})}
        admitted = list(caps.admit(event, size, now))
        cut_to_bones += sum(size > EVENT_LIMIT for _ in admitted)
        out += [*admitted, *caps.report(now)]
    out += list(caps.close())
    events = [event for event in out if event["kind"] != "dropped"]
    counted = sum(event["data"]["total"] for event in out if event["kind"] == "dropped")
    assert len(events) <= most
    late = sum(bool(event["data"].get("late")) for event in events)
    lost = len(stream) - len(events)
    assert lost <= counted <= lost + cut_to_bones + late


def test_a_task_whose_last_state_fell_to_a_burst_gets_it_at_the_end() -> None:
    caps = Caps(burst=2)
    for number in range(50):
        list(caps.admit({"lane": "w", "kind": "log", "data": {"n": number}}, 50, 0.0))
    assert not list(caps.admit({"lane": "w", "kind": "task-started", "task": "a", "data": {}}, 50, 0.1))
    assert not list(caps.admit({"lane": "w", "kind": "task-succeeded", "task": "a", "data": {}}, 50, 0.1))
    late, dropped = caps.close()
    assert (late["kind"], late["data"]) == ("task-succeeded", {"late": True})
    assert dropped["data"]["counts"] == {"log": 48, "task-started": 1}


def test_the_supervisor_writes_each_event_as_one_line_and_says_how_long_a_cut_one_was() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = WardenConnection(theirs)
        connection.event("web", "mark", name="café", data={"n": 1}, at=connection.started + 0.5)
        connection.event("web", "mark", data={"text": "x" * EVENT_LIMIT})
        connection.end(End.FINISHED)
        lines = ours.recv(1 << 20).splitlines()
    whole, cut, dropped, end = (read(line) for line in lines)
    assert whole == {"event": {"lane": "web", "kind": "mark", "name": "café", "data": {"n": 1, "at": 0.5}}}
    assert cut["event"]["data"]["cut"] > EVENT_LIMIT
    assert dropped["event"]["kind"] == Kind.DROPPED
    assert end["end"].pop("lateness").keys() == {"worst", "total", "pressure"}
    assert end == {"end": {"outcome": "finished", "reason": ""}}


def test_lanes_and_commands_use_the_reserved_share() -> None:
    caps = Caps(events=100)
    marks = [
        event
        for n in range(100)
        for event in caps.admit({"lane": "d", "kind": "mark", "data": {}}, 20, float(n))
    ]
    assert len(marks) == 90
    assert list(caps.admit({"lane": "d", "kind": "lane-down", "data": {}}, 20, 101.0))

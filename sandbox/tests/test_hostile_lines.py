"""Hypothesis writes what a hostile program might: the supervisor and the warden go on, and pass on only plain
events.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.inside import lane_messages
from sandbox.inside.task_history import TaskHistory
from sandbox.jail_lines import LONGEST_TASK, task_id
from sandbox.protocol import JAIL_KINDS, LANE, End, Kind
from sandbox.tests.client import make_request
from sandbox.warden.jails.jail import Jail
from sandbox.warden.session import Session

TEXT = st.text(st.characters(codec=None), max_size=40)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
FIELDS = (
    "task",
    "name",
    "attempt",
    "data",
    "at",
    "pid",
    "delivery",
    "lane",
    "sentence",
    "settle",
    "deadline",
    "match",
)
NOTES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from([*Kind, "task-sending", "child-down", "fatal"]) | VALUES,
        "ask": st.sampled_from(["wait", "quiet", "command"]) | VALUES,
        "task": st.sampled_from(["a", "b"]) | VALUES,
        "delivery": st.integers(0, 2) | VALUES,
        **{name: VALUES for name in FIELDS if name not in ("task", "delivery")},
    },
)
EVENTS = st.fixed_dictionaries(
    {"lane": st.sampled_from(["driver", "worker-1"]) | TEXT, "kind": st.sampled_from(list(Kind)) | TEXT},
    optional={
        "task": TEXT,
        "name": VALUES,
        "attempt": VALUES,
        "data": st.dictionaries(TEXT, VALUES, max_size=3),
    },
)
MESSAGES = (
    st.builds(lambda event: {"event": event}, EVENTS)
    | st.builds(lambda event: {"event": event, "end": event}, EVENTS)
    | st.builds(lambda text: {"refused": text}, VALUES)
    | st.builds(lambda outcome, reason: {"end": {"outcome": outcome, "reason": reason}}, TEXT, VALUES)
    | st.just({"alive": 1})
    | st.dictionaries(TEXT, VALUES, max_size=2)
)
LINES = MESSAGES.map(lambda message: json.dumps(message).encode()) | st.binary(max_size=60)


class JailWithoutProcess(Jail):
    """As much of a jail as a session needs; hypothesis writes its lines."""

    def __init__(self) -> None:
        self.last_heard_at = 0.0
        self.killed = False

    def limit_memory(self, size: int) -> None: ...

    def begin(self, request: dict[str, Any]) -> None: ...

    def exceeded(self) -> str | None:
        return None

    def kill(self) -> None:
        self.killed = True


class JailOverItsMemory(JailWithoutProcess):
    """A jail that has too much memory, and has sent something that is not read yet."""

    def __init__(self, control: socket.socket) -> None:
        super().__init__()
        self.control = control

    def exceeded(self) -> str:
        return "memory"


class JailThatCannotBeCounted(JailOverItsMemory):
    """A jail of which the system shows what the warden cannot read."""

    def exceeded(self) -> str:
        raise IndexError("list index out of range")


def session_that_heard(pieces: list[bytes]) -> tuple[Session, list[dict[str, Any]]]:
    """A session in which a jail wrote these pieces, and all that its runner read of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        session = Session(theirs)
        session.request = make_request({"driver.py": ""})
        session.begin(JailWithoutProcess())
        for piece in pieces:
            if session.end is None:
                session.receive_from_jail(piece)
        if session.end is None:
            session.finish(End.FINISHED)
        session.send_end()
        ours.setblocking(False)
        received = b""
        while True:
            try:
                piece = ours.recv(1 << 20)
            except BlockingIOError:
                session.flush()
                if not session.unsent:
                    break
                continue
            received += piece
    *lines, rest = received.split(b"\n")
    assert not rest
    return session, [json.loads(line) for line in lines]


def test_what_a_jail_told_before_it_passed_a_bound_is_heard() -> None:
    ours, theirs = socket.socketpair()
    inside, control = socket.socketpair()
    with ours, theirs, inside, control:
        control.setblocking(False)
        session = Session(theirs)
        session.request = make_request({"driver.py": ""})
        session.begin(JailOverItsMemory(control))
        inside.sendall(b'{"event": {"lane": "driver", "kind": "mark", "data": {"text": "last words"}}}\n')
        session.check_limits()
        assert b"last words" in ours.recv(1 << 16)
        assert session.end is not None
        assert session.end.outcome is End.OVER_LIMIT


def test_a_jail_that_cannot_be_counted_ends_its_own_run_and_not_the_warden() -> None:
    ours, theirs = socket.socketpair()
    inside, control = socket.socketpair()
    with ours, theirs, inside, control:
        control.setblocking(False)
        session, jail = Session(theirs), JailThatCannotBeCounted(control)
        session.request = make_request({"driver.py": ""})
        session.begin(jail)
        session.check_limits()
        assert jail.killed
        assert session.end is not None
        assert session.end.outcome is End.OVER_LIMIT
        assert "could not tell" in session.end.reason


@given(st.binary(max_size=200) | NOTES.map(lambda note: json.dumps(note).encode()))
def test_any_bytes_of_a_lane_are_a_plain_note_or_nothing(raw) -> None:
    note = lane_messages.read(raw)
    if note is None:
        return
    json.dumps(note, allow_nan=False).encode()
    if "kind" in note:
        assert isinstance(
            lane_messages.doubt(note, process="python", is_up=False, born=1.0, now=2.0), str | None
        )


@given(st.lists(NOTES, max_size=30), st.booleans())
def test_the_history_reads_any_note_and_makes_only_events_of_its_lane(told, ordered) -> None:
    history = TaskHistory()
    for found in told:
        note = lane_messages.read(json.dumps(found).encode())
        if note is None or note.get("kind", Kind.TASK_REDELIVERED) == Kind.TASK_REDELIVERED:
            continue  # that kind the supervisor takes from no lane
        doubt = lane_messages.doubt(note, process="celery-worker", is_up=True, born=0.0, now=1e18)
        for event in history.read("worker-1", note, doubt, ordered=ordered):
            assert event["lane"] == ("broker" if event["kind"] == "task-redelivered" else "worker-1")
            json.dumps(event, allow_nan=False)


@settings(max_examples=150)
@given(st.lists(LINES, max_size=30), st.integers(1, 400))
def test_no_line_from_a_jail_can_end_a_session_but_by_the_end_of_its_run(lines, size) -> None:
    whole = b"\n".join(lines) + b"\n"
    session, messages = session_that_heard(
        [whole[place : place + size] for place in range(0, len(whole), size)]
    )
    assert [next(iter(message)) for message in messages if "end" in message] == ["end"]
    assert "end" in messages[-1]
    assert isinstance(session.jail, JailWithoutProcess)
    assert session.jail.killed
    for message in messages[:-1]:
        assert len(message) == 1
        if "event" in message:
            assert LANE.match(message["event"]["lane"])
            assert message["event"]["kind"] in JAIL_KINDS
            assert not {"seq", "t"} & set(message["event"])


def test_a_jail_that_only_speaks_nonsense_is_ended_with_a_sentence() -> None:
    _, messages = session_that_heard([b"nonsense\n" * 200])
    assert messages[-1]["end"]["outcome"] == "error"
    assert "supervisor" in messages[-1]["end"]["reason"]


def test_a_line_without_an_end_is_not_kept() -> None:
    _, messages = session_that_heard([b"x" * 50_000] * 2)
    assert messages[-1]["end"]["outcome"] == "error"


def test_a_note_with_a_strange_task_id_keeps_its_event() -> None:
    note = lane_messages.read(
        json.dumps({"kind": "task-sent", "task": "order 17\n<b>", "data": {"x": float("nan")}}).encode()
    )
    assert note is not None
    assert note["task"].startswith("order 17 <b>…")
    assert {**note, "task": ""} == {"kind": "task-sent", "task": "", "data": {"x": "NaN"}}


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_two_task_ids_never_become_one(first: str, second: str) -> None:
    made = [task_id(text) for text in (first, second)]
    assert (made[0] == made[1]) == (first == second)
    assert all(len(one) <= LONGEST_TASK and task_id(one) == one for one in made)

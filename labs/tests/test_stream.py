from __future__ import annotations

import json
import uuid

import pytest
import redis

from labs.live import stream
from labs.live.stream import Fenced
from labs.runner.event_log import EventLog
from sandbox.protocol import Kind

pytestmark = pytest.mark.usefixtures("valkey")


def mark(text: str) -> str:
    return stream.run_event(Kind.MARK, text=text)


def texts(run: uuid.UUID) -> list[str]:
    events = [json.loads(body) for _, body in stream.read_events(run)]
    return [event["data"].get("text", event["kind"]) for event in events]


@pytest.fixture
def run() -> uuid.UUID:
    return uuid.uuid4()


def journal(run: uuid.UUID, claim: int = 1) -> EventLog:
    return EventLog(run, claim, began=0.0)


def test_events_are_counted_from_one_without_a_gap(run: uuid.UUID) -> None:
    assert stream.append_events(run, 1, 1, [("0.1", mark("a")), ("0.2", mark("b"))]) == 2
    assert stream.append_events(run, 1, 3, [("0.3", mark("c"))]) == 3
    events = [json.loads(line) for line in stream.trace_lines(stream.read_events(run))]
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert events[0] == {"seq": 1, "t": 0.1, "lane": "driver", "kind": "mark", "data": {"text": "a"}}


def test_the_same_append_twice_is_one(run: uuid.UUID) -> None:
    for _ in range(2):
        stream.append_events(run, 1, 1, [("0.1", mark("a")), ("0.2", mark("b"))])
    assert texts(run) == ["a", "b"]


def test_an_append_beyond_the_end_says_where_the_end_is(run: uuid.UUID) -> None:
    stream.append_events(run, 1, 1, [("0.1", mark("a"))])
    assert stream.append_events(run, 1, 5, [("0.2", mark("e"))]) == 1
    assert texts(run) == ["a"]


def test_an_earlier_attempt_is_fenced_off(run: uuid.UUID) -> None:
    stream.append_events(run, 2, 1, [("0.1", mark("a"))])
    with pytest.raises(Fenced):
        stream.append_events(run, 1, 2, [("0.2", mark("b"))])
    assert texts(run) == ["a"]


def test_an_attempt_begins_once_whoever_says_so(run: uuid.UUID) -> None:
    for claim in (1, 1, 2, 2):
        stream.append_opening(run, claim, stream.opening_event(claim))
    assert texts(run) == ["run-queued", "run-requeued"]


def test_time_does_not_go_back_when_an_attempt_begins(run: uuid.UUID) -> None:
    stream.append_events(run, 1, 1, [("4.5", mark("a"))])
    stream.append_opening(run, 2, stream.opening_event(2))
    assert [t for t, _ in stream.read_events(run)] == ["4.5", "4.5"]


def test_a_journal_goes_on_counting_and_timing_after_an_earlier_attempt(run: uuid.UUID) -> None:
    stream.append_events(run, 1, 1, [("0.0", stream.opening_event(1)), ("1000000.0", mark("before"))])
    second = journal(run, 2)
    second.write(mark("after"))
    assert texts(run) == ["run-queued", "before", "run-requeued", "after"]
    times = [json.loads(line)["t"] for line in second.lines]
    assert times == sorted(times)


def test_a_journal_writes_again_what_a_restarted_server_has_lost(run: uuid.UUID, valkey: redis.Redis) -> None:
    kept = journal(run)
    kept.write(mark("a"), mark("b"))
    remembered = valkey.xrange(stream.events_key(run))[:2]
    valkey.delete(stream.events_key(run))
    for number, fields in remembered:
        valkey.xadd(stream.events_key(run), fields, number)
    kept.write(mark("c"))
    assert texts(run) == ["run-queued", "a", "b", "c"]


def test_a_journal_writes_everything_again_when_the_server_lost_all(
    run: uuid.UUID, valkey: redis.Redis
) -> None:
    kept = journal(run)
    kept.write(mark("a"))
    valkey.flushall()
    kept.write(mark("b"))
    assert texts(run) == ["run-queued", "a", "b"]


def test_a_journal_keeps_what_it_cannot_write(run: uuid.UUID, settings: object) -> None:
    right = settings.REDIS_URL  # type: ignore[attr-defined]
    kept = journal(run)
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"  # type: ignore[attr-defined]
    kept.write(mark("a"))
    assert kept.pending
    settings.REDIS_URL = right  # type: ignore[attr-defined]
    assert kept.flush(now_or_never=True)
    assert texts(run) == ["run-queued", "a"]


def test_many_events_are_written_in_pieces(run: uuid.UUID) -> None:
    kept = journal(run)
    kept.write(*(mark(str(n)) for n in range(1234)))
    assert len(stream.read_events(run)) == 1235
    assert not kept.pending


def test_a_journal_that_is_full_takes_only_what_must_be_kept(run: uuid.UUID) -> None:
    kept = journal(run)
    kept.note(*(mark("x" * 4000) for _ in range(262)))
    assert not kept.take_or_cut(Kind.LOG, mark("y"))
    assert kept.take_or_cut(Kind.LANE_DOWN, mark("y"))
    assert kept.cut == 1


def test_every_key_of_a_run_expires(run: uuid.UUID, valkey: redis.Redis) -> None:
    stream.append_opening(run, 1, stream.opening_event(1))
    stream.send_to_runner(run, 1, {"op": "cancel"})
    keys = list(valkey.scan_iter())
    assert len(keys) == 3
    assert all(valkey.ttl(key) > 0 for key in keys)


def test_more_commands_than_anyone_clicks_are_refused(run: uuid.UUID) -> None:
    assert all(stream.send_to_runner(run, 1, {"op": "cancel"}) for _ in range(stream.MOST_COMMANDS))
    assert not stream.send_to_runner(run, 1, {"op": "cancel"})

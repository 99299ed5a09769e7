"""The parts of the inside that do no input or output: histories, stubs' responses, the protocol reader."""

from __future__ import annotations

import importlib
import json
import sys

import pytest

from sandbox.inside.broker.resp import Replies, pack
from sandbox.inside.lab_code.failures import compile_all
from sandbox.inside.lab_code.lab_modules import Sources
from sandbox.inside.processes.lane_process import resolve
from sandbox.inside.processes.stub_responses import StubRequest, StubRoutes, path_matches
from sandbox.inside.supervision.driver_questions import event_matches
from sandbox.inside.task_history import TaskHistory


def note(kind, task="t", attempt=1, **more):
    return {"kind": kind, "task": task, "name": "shop.pay", "attempt": attempt, "pid": 5, **more}


def kinds(history, lane, *notes):
    return [event["kind"] for one in notes for event in history.read(lane, one)]


def test_what_is_received_before_its_sender_said_sent_was_sent_first() -> None:
    history = TaskHistory()
    assert kinds(history, "driver", note("task-sending")) == []
    assert kinds(history, "worker-1", note("task-received")) == ["task-sent", "task-received"]
    assert kinds(history, "driver", note("task-sent")) == []


def test_a_second_receipt_of_one_message_is_a_redelivery() -> None:
    history = TaskHistory()
    kinds(history, "driver", note("task-sending"), note("task-sent"))
    assert kinds(history, "worker-1", note("task-received")) == ["task-received"]
    again = history.read("worker-2", note("task-received"))
    assert [(event["lane"], event["kind"]) for event in again] == [
        ("broker", "task-redelivered"),
        ("worker-2", "task-received"),
    ]


def test_a_message_sent_again_on_purpose_is_no_redelivery() -> None:
    history = TaskHistory()
    for _ in range(2):
        kinds(history, "driver", note("task-sending"), note("task-sent"))
        assert kinds(history, "worker-1", note("task-received")) == ["task-received"]


def test_executions_of_one_task_are_numbered_and_ended_by_delivery() -> None:
    history = TaskHistory()
    starts = [history.read("w", note("task-started", delivery=n))[0]["data"]["execution"] for n in (1, 2)]
    ends = [history.read("w", note("task-succeeded", delivery=n))[0]["data"]["execution"] for n in (2, 1)]
    assert (starts, ends) == ([1, 2], [2, 1])


def test_without_a_delivery_the_first_started_ends_first() -> None:
    history = TaskHistory()
    for _ in range(2):
        history.read("w", note("task-started"))
    assert [history.read("w", note("task-succeeded"))[0]["data"]["execution"] for _ in range(2)] == [1, 2]


def test_a_second_ending_of_one_delivery_is_swallowed() -> None:
    history = TaskHistory()
    history.read("w", note("task-started", delivery=1))
    assert kinds(history, "w", note("task-failed", delivery=1), note("task-failed", delivery=1)) == [
        "task-failed"
    ]


def test_a_lane_that_goes_down_leaves_nothing_open() -> None:
    history = TaskHistory()
    history.read("w", note("task-started", data={"process": 9}))
    assert not history.is_quiet()
    assert history.working("w") == [9]
    history.lane_down("w")
    assert history.is_quiet()


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("ledger/*/*", "/ledger/3/4", True),
        ("ledger/*", "ledger/3/4", False),
        ("stock/7", "stock/7", True),
        ("mail/**", "mail/a/b/c", True),
        ("**", "", True),
    ],
)
def test_a_star_is_one_part_of_a_path(pattern, path, expected) -> None:
    assert path_matches(pattern, path) is expected


def test_a_route_fails_the_calls_it_is_told_to() -> None:
    routes = StubRoutes({"routes": [{"path": "pay", "fail": [1, 3]}]}, 0.0)
    assert [routes.respond(StubRequest("POST", "pay", {}), 1.0).status for _ in range(4)] == [
        503,
        204,
        503,
        204,
    ]


def test_an_idempotency_key_gets_its_first_answer_again() -> None:
    routes = StubRoutes({"routes": [{"path": "pay", "idempotent": True, "json": {"ok": 1}}]}, 0.0)
    responses = [
        routes.respond(StubRequest("POST", "pay", {"idempotency-key": key}), 1.0) for key in ("a", "a", "b")
    ]
    assert [response.data.get("replayed") for response in responses] == [None, True, None]


def test_a_body_says_what_the_stars_of_its_path_stand_for() -> None:
    body = {"house": "{1}", "floors": ["{2}", 2]}
    routes = StubRoutes({"routes": [{"path": "houses/*/floors/*", "json": body}]}, 0.0)
    responses = [
        routes.respond(StubRequest("GET", path, {}), 1.0)
        for path in ("houses/7/floors/top", 'houses/"/floors/{1}')
    ]
    assert [json.loads(response.body) for response in responses] == [
        {"house": "7", "floors": ["top", 2]},
        {"house": '"', "floors": ["{1}", 2]},
    ]


def test_an_outage_is_scripted_or_commanded() -> None:
    routes = StubRoutes({"outages": [[2, 4]]}, 10.0)
    assert [routes.respond(StubRequest("GET", "x", {}), at).status for at in (11.0, 12.5, 14.0)] == [
        204,
        503,
        204,
    ]
    routes.toggle_outage()
    assert routes.respond(StubRequest("GET", "x", {}), 15.0).status == 503


def test_a_limit_counts_a_sliding_second() -> None:
    routes = StubRoutes({"limit": {"calls": 2, "seconds": 1.0}}, 0.0)
    assert [routes.respond(StubRequest("GET", "x", {}), at).status for at in (1.0, 1.1, 1.2, 2.05)] == [
        204,
        204,
        429,
        204,
    ]


def test_knobs_are_put_in_at_any_depth() -> None:
    assert resolve({"a": [{"knob": "n"}], "b": {"c": {"knob": "n"}}}, {"n": 3}) == {"a": [3], "b": {"c": 3}}


def test_replies_are_parsed_from_any_pieces() -> None:
    raw = b"+OK\r\n:5\r\n$3\r\na\r\n\r\n$-1\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n-ERR no\r\n"
    replies, got = Replies(), []
    for byte in raw:
        got += replies.feed(bytes([byte]))
    assert got[:5] == [b"OK", 5, b"a\r\n", None, [1, [b"x"]]]
    assert str(got[5]) == "ERR no"
    assert pack("LLEN", "q") == b"*2\r\n$4\r\nLLEN\r\n$1\r\nq\r\n"


def test_a_match_looks_at_fields_and_then_at_data() -> None:
    event = {"kind": "stub-called", "lane": "mail", "data": {"path": "a"}}
    assert event_matches(event, {"lane": "mail", "path": "a"})
    assert not event_matches(event, {"name": "x"})


@pytest.mark.parametrize("text", ["def f(:\n", "x = '\0'", "  x\n", "(" * 5000])
def test_what_does_not_compile_is_named(text) -> None:
    assert (compile_all({"a.py": "x = 1", "b.py": text, "c.txt": "("}) or "").startswith("b.py, line ")


def test_modules_of_the_lab_are_those_of_the_request(monkeypatch) -> None:
    files = {
        "zz_shop.py": "A = 1\n",
        "zz_kit/__init__.py": "B = 2\n",
        "zz_kit/desk.py": "C = 3\n",
        "zz_bare/desk.py": "D = 4\n",
    }
    monkeypatch.setattr(sys, "path", ["/lab", *sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    Sources(files).install()
    assert importlib.import_module("zz_shop").A == 1
    assert importlib.import_module("zz_kit").B == 2
    assert importlib.import_module("zz_kit.desk").C == 3
    assert importlib.import_module("zz_bare.desk").D == 4
    assert importlib.import_module("zz_shop").__file__ == "/lab/zz_shop.py"
    assert sys.path[-1] == "/lab"
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("zz_none")


def test_a_script_that_the_lab_does_not_have_cannot_be_run() -> None:
    with pytest.raises(FileNotFoundError, match=r"no file driver\.py"):
        Sources({}).run("driver.py")

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis

from accounts.models import User
from labs.live import broadcaster, sse_feed, stream
from labs.models import Lab, Run
from labs.runner.event_log import run_ended
from labs.tests.factories import make_run
from labs.tests.viewers import Viewer, address, mark, play, put, scope_of
from sandbox.protocol import Outcome

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def run(lab: Lab, learner: User) -> Run:
    return make_run(lab, learner)


@pytest.fixture
def ended(run: Run) -> Run:
    """Three events and the end, in the database alone."""
    bodies = [mark("a"), mark("b"), mark("ü\n\nevent: end"), run_ended("ran", "")]
    lines = stream.trace_lines([(f"{number}.0", body) for number, body in enumerate(bodies)])
    assert run.end(Outcome.RAN, lines=lines)
    return run


def test_a_viewer_gets_what_was_and_what_comes_and_the_end(run: Run) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"), mark("b"))
        viewer = await Viewer(address(run)).until("id: 2\n")
        await put(run, 3, mark("c"))
        await viewer.until("id: 3\n")
        await put(run, 4, run_ended("ran", ""))
        return await viewer.finished()

    viewer = play(story)
    assert viewer.ids == [1, 2, 3, 4]
    assert [event["seq"] for event in viewer.events] == [1, 2, 3, 4]
    assert viewer.body.endswith(b"event: end\ndata: {}\n\n")
    assert viewer.headers["content-type"].startswith("text/event-stream")


def test_a_viewer_of_a_queued_run_without_any_event_waits_for_the_first(run: Run) -> None:
    async def story() -> Viewer:
        viewer = await Viewer(address(run)).until("retry")
        await put(run, 1, stream.opening_event(1))
        await viewer.until("run-queued")
        viewer.leave()
        return await viewer.finished()

    assert play(story).ids == [1]


@pytest.mark.parametrize("how", [{"Last_Event_ID": "2"}, {"query": "?after=2"}])
def test_a_viewer_resumes_after_what_it_saw(run: Run, how: dict[str, str]) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"), mark("b"), mark("c"))
        viewer = Viewer(address(run) + how.pop("query", ""), **how)
        await viewer.until("id: 3\n")
        viewer.leave()
        return await viewer.finished()

    assert play(story).ids == [3]


def test_the_header_is_newer_than_the_address(ended: Run) -> None:
    assert play(Viewer_of(address(ended) + "?after=1", Last_Event_ID="3")).ids == [4]


def Viewer_of(where: str, **more: Any) -> Callable[[], Awaitable[Viewer]]:  # noqa: N802 - reads as its viewer
    async def story() -> Viewer:
        return await Viewer(where, **more).finished()

    return story


def test_many_viewers_of_many_runs_share_one_reader(lab: Lab, learner: User, valkey: redis.Redis) -> None:
    runs = [make_run(lab, learner) for _ in range(5)]

    async def story() -> tuple[list[Viewer], int]:
        viewers = [Viewer(address(run)) for run in runs for _ in range(20)]
        for viewer in viewers:
            await viewer.until("retry")
        for run in runs:
            await put(run, 1, mark("a"), run_ended("ran", ""))
        for viewer in viewers:
            await viewer.finished()
        readers = [
            client for client in await asyncio.to_thread(valkey.client_list) if client["cmd"] == "xread"
        ]
        return viewers, len(readers)

    viewers, readers = play(story)
    assert all(viewer.ids == [1, 2] for viewer in viewers)
    assert readers == 1


def test_a_viewer_that_leaves_is_forgotten(run: Run) -> None:
    async def story() -> tuple[int, int]:
        viewer = await Viewer(address(run)).until("retry")
        viewer.leave()
        await viewer.finished()
        found = sse_feed._broadcasters[asyncio.get_running_loop()]
        return len(found.channels), len(found.callers)

    assert play(story) == (0, 0)


def test_a_slow_viewer_delays_nobody(run: Run) -> None:
    async def story() -> Viewer:
        never = asyncio.Event()

        async def send(message: Any) -> None:
            if b"id: 1" in message.get("body", b""):
                await never.wait()

        async def receive() -> dict[str, Any]:
            await never.wait()
            return {"type": "http.disconnect"}

        slow = asyncio.get_running_loop().create_task(sse_feed.feed(scope_of(address(run)), receive, send))
        quick = await Viewer(address(run)).until("retry")
        await put(run, 1, mark("a"), mark("b"), run_ended("ran", ""))
        await quick.finished()
        assert not slow.done()
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        return quick

    assert play(story).ids == [1, 2, 3]


def test_a_quiet_stream_says_that_it_lives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse_feed, "COMMENT_EVERY", 0.05)

    async def story() -> Viewer:
        viewer = await Viewer(address(run)).until(": still here")
        viewer.leave()
        return await viewer.finished()

    assert play(story).ids == []


def test_an_ended_run_is_told_from_the_database(ended: Run) -> None:
    viewer = play(Viewer_of(address(ended)))
    assert viewer.ids == [1, 2, 3, 4]
    assert viewer.body.count(b"event: end\n") == 1
    assert viewer.events[2]["data"]["text"] == "ü\n\nevent: end"


def test_who_has_seen_the_end_gets_204(ended: Run) -> None:
    viewer = play(Viewer_of(address(ended), Last_Event_ID="4"))
    assert (viewer.status, viewer.body) == (204, b"")


def test_who_has_seen_the_end_of_a_fresh_stream_gets_204(run: Run) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"), run_ended("ran", ""))
        return await Viewer(address(run), Last_Event_ID="2").finished()

    assert play(story).status == 204


def test_a_run_whose_trace_was_forgotten_is_fully_seen(ended: Run) -> None:
    ended.trace.delete()
    assert play(Viewer_of(address(ended))).status == 204


def test_the_trace_so_far_comes_as_one_array(run: Run, ended: Run) -> None:
    viewer = play(Viewer_of(address(ended) + "?after=2", Accept="application/json"))
    assert viewer.headers["content-type"] == "application/json"
    assert [event["seq"] for event in json.loads(viewer.body)] == [3, 4]


def test_a_live_run_comes_as_an_array_too(run: Run) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"))
        return await Viewer(address(run), Accept="application/json").finished()

    assert [event["data"]["text"] for event in json.loads(play(story).body)] == ["a"]


@pytest.mark.parametrize("where", [address(uuid.UUID(int=0)), "/api/runs/nonsense/events/"])
def test_an_unknown_run_is_404(where: str) -> None:
    viewer = play(Viewer_of(where))
    assert viewer.status == 404
    assert viewer.headers["content-type"] == "application/problem+json"
    assert json.loads(viewer.body)["status"] == 404


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "١"])
def test_a_position_that_is_none_is_422(run: Run, after: str) -> None:
    assert play(Viewer_of(address(run) + f"?after={after}")).status == 422


def test_events_can_only_be_read(run: Run) -> None:
    viewer = play(Viewer_of(address(run), method="POST"))
    assert (viewer.status, viewer.headers["allow"]) == (405, "GET, HEAD")


def test_the_head_of_a_stream_has_no_body(run: Run) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"))
        return await Viewer(address(run), method="HEAD").finished()

    viewer = play(story)
    assert (viewer.status, viewer.body) == (200, b"")


def test_an_end_that_stands_in_the_database_alone_reaches_who_waits(
    ended: Run, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcaster, "LOOK_AFTER", 0.1)

    async def story() -> Viewer:
        await put(ended, 1, mark("a"))
        return await Viewer(address(ended)).finished()

    assert play(story).ids == [1, 2, 3, 4]


def test_the_database_answers_while_valkey_is_away(ended: Run, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert play(Viewer_of(address(ended))).ids == [1, 2, 3, 4]


def test_the_trace_of_a_live_run_is_503_while_valkey_is_away(run: Run, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    viewer = play(Viewer_of(address(run), Accept="application/json"))
    assert (viewer.status, viewer.headers["retry-after"]) == (503, "2")


def test_a_reader_whose_connection_breaks_goes_on_where_it_was(run: Run, valkey: redis.Redis) -> None:
    async def story() -> Viewer:
        await put(run, 1, mark("a"))
        viewer = await Viewer(address(run)).until("id: 1\n")
        await asyncio.to_thread(valkey.client_kill_filter, skipme=True)
        await put(run, 2, mark("b"), run_ended("ran", ""))
        return await viewer.finished()

    assert play(story).ids == [1, 2, 3]


@pytest.mark.parametrize("proxied", [False, True])
def test_one_address_holds_so_many_live_streams_and_others_watch_all_the_same(
    run: Run, settings: Any, monkeypatch: pytest.MonkeyPatch, proxied: bool
) -> None:
    monkeypatch.setattr(sse_feed, "MOST_OF_ONE_ADDRESS", 2)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxied else None

    def of(last: int) -> Viewer:
        """Somebody at this address; behind the proxy all come from the proxy's, and may say what they like
        before it.
        """
        told = (
            {"X_Forwarded_For": f"192.0.2.{99 - last}, 192.0.2.{last}"}
            if proxied
            else {"caller": f"192.0.2.{last}"}
        )
        return Viewer(address(run), **told)

    async def story() -> Viewer:
        first, *_ = [await of(1).until("retry") for _ in range(2)]
        refused = await of(1).finished()
        await of(2).until("retry")
        first.leave()
        await first.finished()
        await of(1).until("retry")
        return refused

    refused = play(story)
    assert (refused.status, refused.headers["retry-after"]) == (429, "10")
    assert json.loads(refused.body)["status"] == 429

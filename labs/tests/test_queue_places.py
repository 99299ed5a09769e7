"""Who waits in the queue is told the place over the stream of the run, without asking again and again."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connections

from accounts.models import User
from labs.live import sse_feed, stream
from labs.models import Lab, Run
from labs.runner.event_log import run_ended
from labs.tests.factories import make_run
from labs.tests.viewers import Viewer, address, mark, play, put
from sandbox.protocol import State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture
def run(lab: Lab, learner: User) -> Run:
    return make_run(lab, learner)


def put_into(state: State, run: Run) -> None:
    """In a thread, which has a connection of its own."""
    try:
        Run.objects.filter(pk=run.pk).update(state=state)
    finally:
        connections.close_all()


def test_viewers_who_ask_are_told_the_place_of_a_queued_run_and_each_change_of_it(lab: Lab, run: Run) -> None:
    behind = make_run(lab, User.objects.create_user("second@example.org"))

    async def story() -> tuple[Viewer, Viewer]:
        await put(behind, 1, stream.opening_event(1))
        asks, does_not = Viewer(address(behind) + "?places=1"), Viewer(address(behind))
        await asks.until('event: place\ndata: {"place": 2}\n\n')
        await asyncio.to_thread(put_into, State.RUNNING, run)
        await asks.until('event: place\ndata: {"place": 1}\n\n')
        await asyncio.to_thread(put_into, State.STARTING, behind)
        await asks.until('event: place\ndata: {"place": 0}\n\n')
        await put(behind, 2, mark("begun"), run_ended("ran", ""))
        return await asks.finished(), await does_not.finished()

    asks, does_not = play(story)
    assert asks.ids == does_not.ids == [1, 2, 3]
    assert asks.body.count(b"event: place") == 3  # each place once
    assert b"event: place" not in does_not.body


def test_a_run_that_has_begun_has_no_place(run: Run) -> None:
    async def story() -> Viewer:
        await put(run, 1, stream.opening_event(1), mark("begun"))
        viewer = await Viewer(address(run) + "?places=1").until("begun")
        (reader,) = sse_feed._broadcasters.values()
        reader.channels[str(run.pk)].put_at(3)
        await put(run, 3, run_ended("ran", ""))
        return await viewer.finished()

    assert b"event: place" not in play(story).body

"""Looking at runs and acting upon them by the API, and its errors and its description."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from labs.live import stream
from labs.models import Lab, Run
from labs.tests.api_calls import act, in_state, problem
from labs.tests.conftest import LAB
from labs.tests.factories import make_run
from sandbox.protocol import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]


def test_anyone_with_the_link_sees_a_run(client: Client, lab: Lab, learner: User) -> None:
    run = in_state(lab, learner, State.ENDED)
    told = client.get(f"/api/runs/{run.pk}/").json()
    assert (told["lab"], told["status"], told["outcome"], told["event_count"]) == (LAB, "ended", "ran", 1)
    assert told["queue_position"] is None


def test_a_queued_run_tells_its_place(client: Client, lab: Lab, learner: User) -> None:
    runs = [make_run(lab, learner) for _ in range(3)]
    assert [client.get(f"/api/runs/{run.pk}/").json()["queue_position"] for run in runs] == [1, 2, 3]
    assert client.get(f"/api/runs/{runs[0].pk}/").json()["outcome"] is None


def test_a_command_goes_to_the_runner(script: Client, lab: Lab, learner: User, valkey: Any) -> None:
    run = in_state(lab, learner, State.RUNNING)
    assert act(script, run).status_code == 202
    ((_, fields),) = valkey.xrange(stream.commands_key(run.pk))
    wanted = {"op": "command", "action": "kill", "target": "worker-1", "by": "learner"}
    assert json.loads(fields["message"]) == wanted


@pytest.mark.parametrize("state", [State.QUEUED, State.ENDED])
def test_a_command_to_a_run_that_does_not_run_is_409(
    script: Client, lab: Lab, learner: User, state: State
) -> None:
    problem(act(script, in_state(lab, learner, state)), 409)


@pytest.mark.parametrize(
    ("action", "target", "named"),
    [
        ("explode", "worker-1", "action"),
        ("kill", "nobody", "target"),
        ("kill", "driver", "target"),
        ("pause", "worker-1", "target"),
        ("kill", "worker-1/../../x", "target"),
    ],
)
def test_an_unknown_action_or_target_is_422(
    script: Client, lab: Lab, learner: User, action: str, target: str, named: str
) -> None:
    found = problem(act(script, in_state(lab, learner, State.RUNNING), action, target), 422)
    assert found["errors"][0]["where"] == named


def test_nobody_but_the_owner_commands_or_cancels(
    lab: Lab, learner: User, make_user: Callable[..., User]
) -> None:
    run = in_state(lab, learner, State.RUNNING)
    _, raw = ApiToken.objects.make(make_user("eve"), "x")
    stranger = Client(headers={"Authorization": f"Bearer {raw}"})
    for client in (stranger, Client()):
        problem(act(client, run), 403)
        problem(client.delete(f"/api/runs/{run.pk}/"), 403)
    assert Run.objects.get().cancel_asked_at is None


def test_a_queued_run_is_cancelled_at_once(script: Client, lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    assert script.delete(f"/api/runs/{run.pk}/").status_code == 202
    ended = Run.objects.get()
    assert (ended.outcome, ended.reason) == ("cancelled", "You stopped this run.")
    assert json.loads(ended.trace.lines[-1])["kind"] == "run-ended"


def test_a_running_run_is_cancelled_by_its_runner(
    script: Client, lab: Lab, learner: User, valkey: Any
) -> None:
    run = in_state(lab, learner, State.RUNNING)
    assert script.delete(f"/api/runs/{run.pk}/").status_code == 202
    assert Run.objects.get().cancel_asked_at
    assert valkey.xlen(stream.commands_key(run.pk)) == 1


def test_an_ended_run_cannot_be_cancelled(script: Client, lab: Lab, learner: User) -> None:
    problem(script.delete(f"/api/runs/{in_state(lab, learner, State.ENDED).pk}/"), 409)


@pytest.mark.parametrize(
    "address",
    [
        "/api/labs/nosuch/",
        f"/api/runs/{uuid.UUID(int=0)}/",
        "/api/runs/1/",
        "/api/nosuch/",
        "/api/",
        "/api/labs",
    ],
)
def test_an_unknown_address_is_404(client: Client, address: str) -> None:
    problem(client.get(address), 404)


def test_an_unknown_address_is_404_for_whoever_posts_without_csrf(browser: Client) -> None:
    problem(browser.post("/api/nosuch/", {}), 404)


def test_a_method_that_an_address_does_not_know_is_405(client: Client) -> None:
    answer = client.put("/api/labs/")
    problem(answer, 405)
    assert answer["Allow"] == "GET"


def test_an_error_of_ours_is_a_problem_without_a_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: object, slug: str) -> Lab:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("labs.models.querysets.LabQuerySet.named", broken)
    answer = client.get(f"/api/labs/{LAB}/")
    problem(answer, 500)
    assert b"secret" not in answer.content
    assert "the secret of the house" in caplog.text


def test_the_api_describes_itself(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {
        "/api/labs/",
        "/api/labs/{slug}/runs/",
        "/api/runs/{run_id}/",
        "/api/runs/{run_id}/commands/",
    } <= set(paths)


def test_the_description_for_people_lists_every_operation_without_a_script_of_its_own(client: Client) -> None:
    page = client.get("/api/docs").content.decode()
    assert "/api/labs/{slug}/runs/" in page
    assert "/api/runs/{run_id}/events/" in page
    assert "Idempotency-Key" in page
    assert "<script>" not in page


def test_the_queries_of_a_run_do_not_grow(
    script: Client, lab: Lab, learner: User, django_assert_max_num_queries: Any
) -> None:
    run = in_state(lab, learner, State.ENDED)
    with django_assert_max_num_queries(2):
        Client().get(f"/api/runs/{run.pk}/")

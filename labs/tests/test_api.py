from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from labs import health, stream
from labs.models import Lab, Run
from labs.tests.conftest import LAB
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State, WardenStatus

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]


@pytest.fixture
def script(learner: User) -> Client:
    """A client that sends the learner's token."""
    _, raw = ApiToken.objects.make(learner, "laptop")
    return Client(headers={"Authorization": f"Bearer {raw}"})


@pytest.fixture
def browser() -> Client:
    """A client with cookies; CSRF is enforced."""
    return Client(enforce_csrf_checks=True)


def start(client: Client, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/labs/{LAB}/runs/", json.dumps(body or {}), "application/json", headers=headers)


def act(client: Client, run: Run, action: str = "kill", target: str = "worker-1", **more: Any) -> Any:
    body = {"action": action, "target": target, **more}
    return client.post(f"/api/runs/{run.pk}/commands/", json.dumps(body), "application/json")


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    return body


def in_state(lab: Lab, learner: User, state: State) -> Run:
    run = make_run(lab, learner)
    if state is not State.QUEUED:
        run.take("runner-1")
    if state is State.RUNNING:
        Run.objects.update(state=state)
    if state is State.ENDED:
        run.end(Outcome.RAN, lines=["{}"])
    return run


def test_the_labs_are_listed(client: Client) -> None:
    (line,) = client.get("/api/labs/").json()
    assert line["slug"] == LAB
    assert line["url"] == f"/labs/{LAB}/"


def test_a_lab_tells_what_may_be_changed_and_never_its_checks_or_solution(client: Client, lab: Lab) -> None:
    told = client.get(f"/api/labs/{LAB}/").json()
    assert set(told["files"]) == {"settings.py", "tasks.py", "driver.py"}
    assert told["editable"] == ["settings.py", "tasks.py"]
    assert told["limits"] == {"wall": 36, "memory_mb": 320, "events": 5000}
    assert told["knobs"][0]["name"] == "pages"
    assert told["revision"] == lab.current.digest
    assert 'visibility_timeout": 12' not in json.dumps(told)
    assert all(set(check) == {"id", "title"} for check in told["checks"])


def test_a_run_is_accepted_with_its_addresses(script: Client, learner: User) -> None:
    answer = start(script, {"files": {"tasks.py": "x = 1\n"}, "knobs": {"pages": 3}, "prediction": {"starts": 2}})
    run = Run.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/runs/{run.pk}/"
    assert answer.json() == {
        "id": str(run.pk),
        "status": "queued",
        "url": f"/runs/{run.pk}/",
        "events_url": f"/api/runs/{run.pk}/events/",
    }
    assert (run.learner, run.files, run.knobs, run.prediction) == (
        learner,
        {"tasks.py": "x = 1\n"},
        {"pages": 3},
        {"starts": 2},
    )


def test_a_file_that_is_the_starters_does_not_count_as_changed(script: Client, lab: Lab) -> None:
    start(script, {"files": {"tasks.py": lab.current.files["tasks.py"].replace("\n", "\r\n")}})
    assert Run.objects.get().files == {}


def test_the_same_key_again_is_the_same_run(script: Client) -> None:
    first, second = (start(script, **{"Idempotency-Key": "k1"}).json()["id"] for _ in range(2))
    assert first == second
    assert Run.objects.count() == 1


def test_the_same_key_of_another_learner_is_another_run(script: Client, make_user: Callable[..., User]) -> None:
    _, raw = ApiToken.objects.make(make_user("bob"), "laptop")
    start(script, **{"Idempotency-Key": "k1"})
    start(Client(headers={"Authorization": f"Bearer {raw}"}), **{"Idempotency-Key": "k1"})
    assert Run.objects.count() == 2


def test_the_answer_is_202_when_nobody_can_be_told(
    script: Client, settings: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    from config.celery import app  # the broker of this test is nowhere

    monkeypatch.setattr(app.conf, "broker_url", "redis+socket:///nowhere/valkey.sock")
    monkeypatch.setattr(app, "_pool", None)
    with django_capture_on_commit_callbacks(execute=True):
        assert start(script).status_code == 202
    assert Run.objects.get().state == State.QUEUED


def test_watchers_see_at_once_that_a_run_waits(script: Client, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        start(script)
    ((_, body),) = stream.read(Run.objects.get().pk)
    assert json.loads(body)["kind"] == "run-queued"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"files": {"nosuch.py": ""}}, "files.nosuch.py"),
        ({"files": {"driver.py": ""}}, "files.driver.py"),
        ({"files": {"checks.py": ""}}, "files.checks.py"),
        ({"files": {"../tasks.py": ""}}, "files.../tasks.py"),
        ({"files": {"tasks.py": 7}}, "files.tasks.py"),
        ({"files": {"tasks.py": "a\0b"}}, "files.tasks.py"),
        ({"files": {"tasks.py": "\ud800"}}, "files.tasks.py"),
        ({"files": []}, "files"),
        ({"knobs": {"nosuch": 1}}, "knobs.nosuch"),
        ({"knobs": {"pages": 14}}, "knobs.pages"),
        ({"knobs": {"pages": "9"}}, "knobs.pages"),
        ({"knobs": {"pages": True}}, "knobs.pages"),
        ({"knobs": {"pages": 9.5}}, "knobs.pages"),
        ({"prediction": "x" * 20_000}, "prediction"),
        ({"prediction": "a\0b"}, "prediction"),
        ({"prediction": float("nan")}, "prediction"),
        ({"fils": {}}, "fils"),
    ],
)
def test_what_the_lab_does_not_take_is_422_and_named(script: Client, body: Any, named: str) -> None:
    found = problem(start(script, body), 422)
    assert [error["where"] for error in found["errors"]] == [named]
    assert not Run.objects.exists()


def test_every_error_is_named_at_once(script: Client) -> None:
    found = problem(start(script, {"files": {"a.py": "", "b.py": ""}, "knobs": {"c": 1}}), 422)
    assert [error["where"] for error in found["errors"]] == ["files.a.py", "files.b.py", "knobs.c"]


def test_files_over_a_mebibyte_are_413(script: Client) -> None:
    problem(start(script, {"files": {"tasks.py": "#" * (1 << 20)}}), 413)


def test_a_body_that_nobody_should_read_is_413(script: Client) -> None:
    problem(start(script, {"files": {"tasks.py": "#" * (9 << 20)}}), 413)


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "\xff", "[" * 5000])
def test_a_body_that_is_no_object_is_a_problem(script: Client, body: str) -> None:
    answer = script.post(f"/api/labs/{LAB}/runs/", body.encode("latin-1"), "application/json")
    problem(answer, 422 if body in ("[]", '"x"') else 400)


@pytest.mark.parametrize("key", ["", "x" * 101, "a\tb"])
def test_a_key_that_cannot_be_kept_is_422(script: Client, key: str) -> None:
    problem(start(script, **{"Idempotency-Key": key}), 422)


def test_too_many_live_runs_are_429_with_the_time_to_wait(script: Client, settings: Any) -> None:
    settings.LABS_LIVE_RUNS_PER_LEARNER = 1
    start(script)
    answer = start(script)
    problem(answer, 429)
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("setting", ["LABS_RUNS_PER_HOUR_PER_LEARNER", "LABS_RUNS_PER_HOUR_PER_ADDRESS"])
def test_too_many_runs_in_an_hour_are_429_until_the_oldest_is_an_hour_old(
    script: Client, settings: Any, setting: str
) -> None:
    setattr(settings, setting, 1)
    start(script)
    answer = start(script)
    problem(answer, 429)
    assert 3500 < int(answer["Retry-After"]) <= 3601


def test_a_full_queue_is_429(script: Client, settings: Any) -> None:
    settings.LABS_QUEUE_LIMIT = 0
    problem(start(script), 429)


def test_the_switch_stops_new_runs(script: Client, settings: Any) -> None:
    settings.LABS_ENABLED = False
    problem(start(script), 503)


def test_where_wardens_only_replay_no_run_starts_and_the_reason_is_said(script: Client) -> None:
    status = WardenStatus("replay", 0, 0, 0, ("main",), {}, "User namespaces are refused.")
    health.heartbeat("here-1", status, running=0, slots=4)
    assert "User namespaces are refused." in problem(start(script), 503)["detail"]


def test_a_token_that_is_none_is_401(client: Client) -> None:
    answer = start(Client(headers={"Authorization": "Bearer bb_nonsense"}))
    problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def with_csrf(browser: Client) -> dict[str, str]:
    browser.get(f"/labs/{LAB}/")
    return {"X-CSRFToken": browser.cookies["csrftoken"].value}


def test_a_browser_without_the_csrf_token_is_403(browser: Client) -> None:
    problem(start(browser), 403)


def test_a_guest_starts_runs_where_guests_may(browser: Client, settings: Any) -> None:
    settings.LABS_GUEST_RUNS = True
    answer = start(browser, **with_csrf(browser))
    assert answer.status_code == 202
    run = Run.objects.get()
    assert run.learner.is_guest
    assert browser.delete(f"/api/runs/{run.pk}/", headers=with_csrf(browser)).status_code == 202


def test_a_guest_starts_no_run_where_guests_may_not(browser: Client) -> None:
    problem(start(browser, **with_csrf(browser)), 403)
    assert not User.objects.guests().exists()


def test_a_refused_run_makes_no_guest(browser: Client, settings: Any) -> None:
    settings.LABS_GUEST_RUNS = True
    problem(start(browser, {"knobs": {"no": 1}}, **with_csrf(browser)), 422)
    assert not User.objects.guests().exists()


def test_a_user_starts_runs_by_session(browser: Client, learner: User) -> None:
    browser.force_login(learner)
    assert start(browser, **with_csrf(browser)).status_code == 202


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
    ((_, fields),) = valkey.xrange(stream.inbox_of(run.pk))
    wanted = {"op": "command", "action": "kill", "target": "worker-1", "by": "learner"}
    assert json.loads(fields["message"]) == wanted


@pytest.mark.parametrize("state", [State.QUEUED, State.ENDED])
def test_a_command_to_a_run_that_does_not_run_is_409(script: Client, lab: Lab, learner: User, state: State) -> None:
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


def test_nobody_but_the_owner_commands_or_cancels(lab: Lab, learner: User, make_user: Callable[..., User]) -> None:
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


def test_a_running_run_is_cancelled_by_its_runner(script: Client, lab: Lab, learner: User, valkey: Any) -> None:
    run = in_state(lab, learner, State.RUNNING)
    assert script.delete(f"/api/runs/{run.pk}/").status_code == 202
    assert Run.objects.get().cancel_asked_at
    assert valkey.xlen(stream.inbox_of(run.pk)) == 1


def test_an_ended_run_cannot_be_cancelled(script: Client, lab: Lab, learner: User) -> None:
    problem(script.delete(f"/api/runs/{in_state(lab, learner, State.ENDED).pk}/"), 409)


@pytest.mark.parametrize(
    "address", ["/api/labs/nosuch/", f"/api/runs/{uuid.uuid4()}/", "/api/runs/1/", "/api/nosuch/", "/api/", "/api/labs"]
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

    monkeypatch.setattr("labs.querysets.LabQuerySet.named", broken)
    answer = client.get(f"/api/labs/{LAB}/")
    problem(answer, 500)
    assert b"secret" not in answer.content
    assert "the secret of the house" in caplog.text


def test_the_api_describes_itself(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/labs/", "/api/labs/{slug}/runs/", "/api/runs/{run_id}/", "/api/runs/{run_id}/commands/"} <= set(paths)


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

"""Starting runs by the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from config.celery import app
from labs.live import heartbeats, stream
from labs.models import Lab, Run
from labs.tests.api_calls import problem, start, with_csrf
from labs.tests.conftest import LAB
from sandbox.protocol import State, WardenStatus

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]


def test_the_labs_are_listed(client: Client) -> None:
    (line,) = client.get("/api/labs/").json()
    assert line["slug"] == LAB
    assert line["url"] == f"/labs/{LAB}/"


def test_a_lab_tells_what_may_be_changed_and_never_its_checks_or_solution(client: Client, lab: Lab) -> None:
    told = client.get(f"/api/labs/{LAB}/").json()
    assert set(told["files"]) == {"settings.py", "tasks.py", "driver.py"}
    assert told["editable"] == ["settings.py", "tasks.py"]
    assert told["limits"] == {"wall": 48, "memory_mb": 320, "events": 5000}
    assert told["knobs"][0]["name"] == "pages"
    assert told["revision"] == lab.current.digest
    assert 'visibility_timeout": 12' not in json.dumps(told)
    assert all(set(check) == {"id", "title"} for check in told["checks"])


def test_a_run_is_accepted_with_its_addresses(script: Client, learner: User) -> None:
    answer = start(
        script, {"files": {"tasks.py": "x = 1\n"}, "knobs": {"pages": 3}, "prediction": {"starts": 2}}
    )
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


def test_the_same_key_of_another_learner_is_another_run(
    script: Client, make_user: Callable[..., User]
) -> None:
    _, raw = ApiToken.objects.make(make_user("bob"), "laptop")
    start(script, **{"Idempotency-Key": "k1"})
    start(Client(headers={"Authorization": f"Bearer {raw}"}), **{"Idempotency-Key": "k1"})
    assert Run.objects.count() == 2


def test_the_answer_is_202_when_nobody_can_be_told(
    script: Client, settings: Any, django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    before, app.conf.broker_url = app.conf.broker_url, "redis+socket:///nowhere/valkey.sock"
    app.amqp._producer_pool = None
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert start(script).status_code == 202
    finally:
        app.conf.broker_url = before
        app.amqp._producer_pool = None
    assert "was not announced" in caplog.text
    assert Run.objects.get().state == State.QUEUED


def test_watchers_see_at_once_that_a_run_waits(
    script: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        start(script)
    ((_, body),) = stream.read_events(Run.objects.get().pk)
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


@pytest.mark.parametrize("setting", ["LABS_RUNS_PER_HOUR_PER_LEARNER", "LABS_RUNS_PER_HOUR_PER_ADDRESS"])
def test_no_run_an_hour_is_429_with_an_hour_to_wait(script: Client, settings: Any, setting: str) -> None:
    setattr(settings, setting, 0)
    answer = start(script)
    problem(answer, 429)
    assert answer["Retry-After"] == "3601"


def test_the_switch_stops_new_runs_and_lets_those_that_wait_run(script: Client, settings: Any) -> None:
    start(script)
    settings.LABS_ENABLED = False
    answer = start(script)
    assert "switched off" in problem(answer, 503)["detail"]
    assert answer["Retry-After"] == "300"
    assert Run.objects.claim("runner-1", lambda slug, digest: True) is not None


def test_where_wardens_only_replay_no_run_starts_and_the_reason_is_said(script: Client) -> None:
    status = WardenStatus("replay", 0, 0, 0, ("main",), {}, "User namespaces are refused.")
    heartbeats.send("here-1", status, running=0, slots=4)
    assert "User namespaces are refused." in problem(start(script), 503)["detail"]


def test_a_token_that_is_none_is_401(client: Client) -> None:
    answer = start(Client(headers={"Authorization": "Bearer bb_nonsense"}))
    problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


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

"""The JSON API as scripts and browsers elsewhere rely on it, against the whole product with a real jail."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.product import Product, Viewer, Visitor

pytestmark = pytest.mark.jail
LAB = "acks-and-crashes"


@pytest.fixture(scope="module")
def visitor(product: Product) -> Visitor:
    product.wait_ready()
    return Visitor(product)


@pytest.fixture(scope="module")
def finished(visitor: Visitor) -> str:
    """A run of the starter that went to its end."""
    run = visitor.start(LAB)
    visitor.wait_for(run, "ended")
    return run


@pytest.fixture
def live(product: Product) -> Iterator[tuple[Visitor, str]]:
    """A visitor of his own with a run whose first task has started."""
    owner = Visitor(product)
    run = owner.start(LAB)
    Viewer(product, run).wait_for("task-started")
    yield owner, run
    owner.cancel(run)
    owner.wait_for(run, "ended")


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """The answer is an RFC 9457 problem document of this status; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert "Traceback" not in answer.text
    return dict(body)


def post_run(visitor: Visitor, body: object, **headers: str) -> httpx.Response:
    return visitor.http.post(f"/api/labs/{LAB}/runs/", json=body, headers={**visitor.headers(), **headers})


def test_a_lab_tells_its_files_knobs_limits_and_the_titles_of_its_checks(visitor: Visitor) -> None:
    lab = visitor.lab(LAB)
    assert set(lab) >= {"files", "editable", "knobs", "limits", "checks", "revision"}
    assert set(lab["editable"]) <= set(lab["files"])
    assert all(isinstance(check, str) or set(check) <= {"id", "title"} for check in lab["checks"])
    assert "checks.py" not in lab["files"]


def test_starting_a_run_answers_202_with_its_location(visitor: Visitor) -> None:
    answer = post_run(visitor, {"files": {}, "knobs": {}})
    body = answer.json()
    assert answer.status_code == 202
    assert urlsplit(answer.headers["Location"]).path == f"/api/runs/{body['id']}/"
    assert body["status"] == "queued"
    assert body["events_url"].endswith(f"/api/runs/{body['id']}/events/")
    visitor.cancel(body["id"])
    visitor.wait_for(body["id"], "ended")


def test_the_same_idempotency_key_is_the_same_run(visitor: Visitor) -> None:
    key = str(uuid.uuid4())
    first, second = (
        post_run(visitor, {"files": {}, "knobs": {}}, **{"Idempotency-Key": key}) for _ in range(2)
    )
    assert first.json()["id"] == second.json()["id"]
    visitor.cancel(first.json()["id"])
    visitor.wait_for(first.json()["id"], "ended")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"files": {"nosuch.py": ""}}, "nosuch.py"),
        ({"files": {"driver.py": ""}}, "driver.py"),
        ({"files": {"../tasks.py": ""}}, "../tasks.py"),
        ({"files": {"tasks.py": 7}}, "tasks.py"),
        ({"knobs": {"nosuch": 1}}, "nosuch"),
        ({"files": [], "knobs": {}}, "files"),
    ],
)
def test_what_a_lab_does_not_take_is_422_and_named(
    visitor: Visitor, body: dict[str, object], named: str
) -> None:
    assert named in json.dumps(problem(post_run(visitor, body), 422))


def test_a_body_that_is_no_json_is_a_problem_document(visitor: Visitor) -> None:
    headers = {**visitor.headers(), "Content-Type": "application/json"}
    answer = visitor.http.post(f"/api/labs/{LAB}/runs/", content=b"{", headers=headers)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


def test_over_a_mebibyte_is_413(visitor: Visitor) -> None:
    problem(post_run(visitor, {"files": {"tasks.py": "#" * (1 << 20) + "\n"}}), 413)


def test_an_unknown_lab_run_and_address_are_404(visitor: Visitor) -> None:
    for address in (
        "/api/labs/nosuch/",
        f"/api/runs/{uuid.uuid4()}/",
        f"/api/runs/{uuid.uuid4()}/events/",
        "/api/nosuch/",
    ):
        problem(visitor.http.get(address), 404)


def test_a_post_without_the_csrf_token_is_403(visitor: Visitor) -> None:
    problem(visitor.http.post(f"/api/labs/{LAB}/runs/", json={"files": {}}), 403)


def test_a_script_without_a_token_may_not_start_a_run(product: Product) -> None:
    answer = httpx.post(
        f"{product.address}api/labs/{LAB}/runs/", json={"files": {}}, headers={"Authorization": "Bearer no"}
    )
    assert answer.status_code in (401, 403)
    problem(answer, answer.status_code)


def test_too_many_live_runs_are_429_with_retry_after(live: tuple[Visitor, str]) -> None:
    owner, run = live
    second = owner.start(LAB)
    answer = post_run(owner, {"files": {}})
    problem(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    owner.cancel(second)
    owner.wait_for(second, "ended")
    assert owner.run(run)["status"] == "running"


def test_only_the_owner_may_command_and_cancel(live: tuple[Visitor, str], product: Product) -> None:
    _, run = live
    stranger = Visitor(product)
    problem(stranger.command(run, "kill", "worker-1"), 403)
    problem(stranger.cancel(run), 403)
    assert stranger.run(run)["status"] == "running"


@pytest.mark.parametrize(
    ("action", "target"), [("explode", "worker-1"), ("kill", "nobody"), ("kill", "driver")]
)
def test_an_unknown_action_or_target_is_422(live: tuple[Visitor, str], action: str, target: str) -> None:
    owner, run = live
    problem(owner.command(run, action, target), 422)


def test_a_kill_is_taken_applied_and_seen(live: tuple[Visitor, str], product: Product) -> None:
    owner, run = live
    viewer = Viewer(product, run)
    assert owner.command(run, "kill", "worker-1").status_code == 202
    assert viewer.wait_for("command", by="learner")["data"]["action"] == "kill"
    down = viewer.wait_for("lane-down", lane="worker-1")
    assert "exit" in down["data"]
    assert "signal" in down["data"]


def test_a_command_to_an_ended_run_is_409(visitor: Visitor, finished: str) -> None:
    problem(visitor.command(finished, "kill", "worker-1"), 409)


def test_an_ended_run_tells_its_outcome_and_each_check(visitor: Visitor, finished: str) -> None:
    run = visitor.run(finished)
    assert run["status"] == "ended"
    assert run["outcome"] == "failed_checks"
    assert {"id", "title", "verdict", "expected", "observed", "events"} <= set(run["checks"][0])
    assert {check["verdict"] for check in run["checks"]} <= {"passed", "failed", "not_tested"}
    assert run["measures"]


def test_the_trace_counts_from_one_without_a_gap_and_time_never_goes_back(
    visitor: Visitor, finished: str
) -> None:
    trace = visitor.http.get(f"/api/runs/{finished}/events/", headers={"Accept": "application/json"}).json()
    assert [event["seq"] for event in trace] == list(range(1, visitor.run(finished)["event_count"] + 1))
    assert [event["t"] for event in trace] == sorted(event["t"] for event in trace)
    kinds = [event["kind"] for event in trace]
    assert {
        "run-started",
        "lane-up",
        "task-sent",
        "task-received",
        "task-started",
        "lane-down",
        "broker-sample",
    } <= set(kinds)
    assert kinds[-1] == "run-ended"


def test_a_stream_resumes_by_last_event_id_without_gap_or_double(visitor: Visitor, finished: str) -> None:
    count = visitor.run(finished)["event_count"]
    address = f"/api/runs/{finished}/events/"
    for headers, query in (({"Last-Event-ID": "5"}, ""), ({}, "?after=5")):
        text = visitor.http.get(address + query, headers=headers).text
        ids = [int(line[4:]) for line in text.splitlines() if line.startswith("id: ")]
        assert ids == list(range(6, count + 1))
        assert "event: end" in text


def test_a_client_that_has_seen_the_end_gets_204(visitor: Visitor, finished: str) -> None:
    count = visitor.run(finished)["event_count"]
    answer = visitor.http.get(f"/api/runs/{finished}/events/", headers={"Last-Event-ID": str(count)})
    assert answer.status_code == 204


def test_a_redelivery_is_seen_after_the_kill_of_a_worker(visitor: Visitor, finished: str) -> None:
    trace = visitor.http.get(f"/api/runs/{finished}/events/", headers={"Accept": "application/json"}).json()
    killed = [e for e in trace if e["kind"] == "lane-down" and e["data"]["signal"] == 9]
    assert killed


def test_a_queued_or_running_run_can_be_cancelled_once(live: tuple[Visitor, str]) -> None:
    owner, run = live
    assert owner.cancel(run).status_code == 202
    assert owner.wait_for(run, "ended")["outcome"] == "cancelled"


def test_the_description_of_the_api_and_its_human_page_are_served(visitor: Visitor) -> None:
    paths = visitor.http.get("/api/openapi.json").json()["paths"]
    assert any("runs" in path for path in paths)
    page = visitor.http.get("/api/docs")
    assert page.status_code == 200
    assert "https://" not in page.text.split("<body")[0]


def test_health_and_readiness_are_told_apart(product: Product) -> None:
    assert httpx.get(f"{product.address}healthz", timeout=60).status_code == 200
    assert httpx.get(f"{product.address}readyz", timeout=60).status_code == 200

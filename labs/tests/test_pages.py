from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.guests.guest_cookie import COOKIE, signed
from accounts.models import User
from labs.bench.words import bench_words
from labs.live import heartbeats, stream
from labs.models import Lab, Run
from labs.tests.conftest import LAB
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State, WardenStatus

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]
BENCH = f"/labs/{LAB}/"
MOST_QUERIES = 6


@pytest.fixture
def guest_runs(settings: Any) -> None:
    settings.LABS_GUEST_RUNS = True


@pytest.fixture
def owner(client: Client, learner: User) -> Client:
    client.force_login(learner)
    return client


def as_guest(guest: User) -> Client:
    client = Client()
    client.cookies[COOKIE] = signed(guest)
    return client


def ended(lab: Lab, learner: User, outcome: Outcome = Outcome.FAILED_CHECKS) -> Run:
    run = make_run(lab, learner)
    run.claim_for("runner-1")
    lines = [
        '{"seq": 1, "t": 0.0, "lane": "driver", "kind": "run-started", "data": {"knobs": {"pages": 9}}}',
        '{"seq": 2, "t": 1.5, "lane": "worker-1", "kind": "log", "data": {"text": "<b>bold</b>"}}',
    ]
    checks = [
        {"id": "c", "title": "C", "verdict": "failed", "expected": "one", "observed": "two", "events": [2]}
    ]
    assert run.end(outcome, lines=lines, checks=checks, measures={"export_starts": 3})
    return run


def data_of(page: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="bench-data" type="application/json">(.*?)</script>', page.content.decode(), re.DOTALL
    )
    assert found
    return dict(json.loads(found.group(1)))


def beat(mode: str = "jail", sentence: str = "") -> None:
    status = WardenStatus(mode, 1, 1, 0, ("main",), {}, sentence)
    heartbeats.send("here-1", status, running=0, slots=4)


def test_the_bench_costs_at_most_six_queries_for_whoever_comes(
    lab: Lab, learner: User, owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    guest = User.objects.create_guest()
    run = ended(lab, learner)
    for client in (Client(), as_guest(guest), owner):
        for address in (BENCH, f"/runs/{run.pk}/", "/labs/", "/runs/", "/what-is-real/"):
            with django_assert_max_num_queries(MOST_QUERIES):
                assert client.get(address).status_code == 200, address


def test_every_sentence_that_a_script_says_is_in_the_page() -> None:
    words = bench_words()
    folder = Path(__file__).resolve().parents[1] / "static/labs"
    scripts = list(folder.glob("*.js"))
    spoken = re.compile(r'(?<!this\.)\bsay\((?:[^()"]* \? )?"([a-z._-]+)"|\badd\("([a-z]+\.[a-z._-]+)"')
    said = {first or second for script in scripts for first, second in spoken.findall(script.read_text())}
    assert len(scripts) > 8
    assert len(said) > 60
    assert not {key for key in said if key not in words and f"{key}.other" not in words}


def test_the_solution_is_in_no_page_before_a_pass_or_giving_up(
    lab: Lab, learner: User, owner: Client
) -> None:
    (secret,) = lab.current.definition["solution"].values()
    telling = next(line for line in secret.splitlines() if "Longest hold" in line)
    ended(lab, learner)
    for address in (BENCH, f"{BENCH}solution/", f"{BENCH}recording.json", f"/api/labs/{LAB}/"):
        assert telling not in owner.get(address).content.decode(), address
    assert owner.get(f"{BENCH}solution/").status_code == 403
    assert telling in owner.post(f"{BENCH}solution/").content.decode()
    ended(lab, learner, Outcome.PASSED)
    page = owner.get(f"{BENCH}solution/")
    assert page.status_code == 200
    assert telling in page.content.decode()
    assert telling not in owner.get(BENCH).content.decode()


def test_giving_up_needs_the_form_of_this_site() -> None:
    assert Client(enforce_csrf_checks=True).post(f"{BENCH}solution/").status_code == 403


def test_a_run_is_for_whoever_has_the_link_and_its_controls_for_its_owner(
    lab: Lab, learner: User, owner: Client
) -> None:
    run = make_run(lab, learner)
    mine, theirs = owner.get(f"/runs/{run.pk}/"), Client().get(f"/runs/{run.pk}/")
    assert data_of(mine)["owner"] is True
    assert data_of(theirs)["owner"] is False
    assert b'id="stop"' in mine.content
    assert b'id="stop"' not in theirs.content
    assert b'id="chaos"' not in theirs.content
    assert Client().post(f"/runs/{run.pk}/stop/").status_code == 403
    assert b'id="stop"' not in owner.get(f"/runs/{ended(lab, learner).pk}/").content


def test_a_run_shows_its_own_files_and_none_of_them_can_be_edited(
    lab: Lab, learner: User, owner: Client
) -> None:
    run = make_run(lab, learner, files={"tasks.py": "app = 'mine'\n"})
    files = {file["name"]: file for file in data_of(owner.get(f"/runs/{run.pk}/"))["files"]}
    assert files["tasks.py"]["text"] == "app = 'mine'\n"
    assert not any(file["editable"] for file in files.values())
    assert data_of(owner.get(BENCH))["run_files"] == {"tasks.py": "app = 'mine'\n"}


def test_the_bench_goes_on_from_the_run_that_is_asked_for(lab: Lab, learner: User, owner: Client) -> None:
    first = make_run(lab, learner, files={"tasks.py": "first = 1"})
    newest = make_run(lab, learner, files={"tasks.py": "second = 2"})
    assert data_of(owner.get(BENCH))["run"] == str(newest.pk)
    assert data_of(owner.get(f"{BENCH}?from={first.pk}"))["run_files"] == {"tasks.py": "first = 1"}
    assert data_of(Client().get(f"{BENCH}?from={first.pk}"))["run"] is None


def test_my_runs_are_mine_alone(
    lab: Lab, learner: User, owner: Client, make_user: Callable[..., User]
) -> None:
    run, other = ended(lab, learner), ended(lab, make_user("bob"))
    page = owner.get("/runs/").content.decode()
    assert str(run.pk) in page
    assert str(other.pk) not in page
    assert str(run.pk) not in owner.get("/runs/?lab=nothing").content.decode()
    assert "You have not run anything yet" in Client().get("/runs/").content.decode()


@pytest.mark.usefixtures("guest_runs")
def test_a_guest_without_scripts_starts_a_run_and_watches_a_table() -> None:
    client = Client()
    form = {
        "file:tasks.py": "x = 1\r\n",
        "knob:pages": "5",
        "measure": "export_starts",
        "value": "2,5",
        "key": "k1",
    }
    answer = client.post(f"{BENCH}runs/", form)
    run = Run.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/runs/{run.pk}/?plain=1"
    assert (run.files, run.knobs) == ({"tasks.py": "x = 1\n"}, {"pages": 5})
    assert run.prediction == {"measure": "export_starts", "value": 2.5}
    page = client.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh"' in page
    assert "number 1 in line" in page
    client.post(f"{BENCH}runs/", form)
    assert Run.objects.count() == 1


@pytest.mark.usefixtures("guest_runs")
def test_a_form_that_is_refused_comes_back_with_what_was_typed() -> None:
    page = Client().post(f"{BENCH}runs/", {"file:tasks.py": "kept = 'this'", "knob:pages": "many"})
    assert page.status_code == 422
    assert "knobs.pages: is not a whole number from 2 to 13" in page.content.decode()
    assert "kept = &#x27;this&#x27;" in page.content.decode()
    assert not Run.objects.exists()


@pytest.mark.usefixtures("guest_runs")
def test_too_many_live_runs_are_said_on_the_page(settings: Any) -> None:
    settings.LABS_LIVE_RUNS_PER_LEARNER = 1
    client = Client()
    assert client.post(f"{BENCH}runs/", {}).status_code == 302
    page = client.post(f"{BENCH}runs/", {})
    assert page.status_code == 429
    assert "You have 1 run under way" in page.content.decode()


def test_a_guest_is_told_to_sign_up_where_guests_may_not_run(settings: Any) -> None:
    settings.LABS_GUEST_RUNS = False
    beat()
    page = Client().get(BENCH).content.decode()
    assert f"?next={BENCH}" in page
    assert re.search(r'id="run"\s+type="submit"\s+disabled', page)
    assert Client().post(f"{BENCH}runs/", {}).status_code == 403
    assert not User.objects.exists()


def test_an_ended_run_as_a_table_says_its_checks_and_keeps_markup_as_text(lab: Lab, learner: User) -> None:
    page = Client().get(f"/runs/{ended(lab, learner).pk}/?plain=1").content.decode()
    assert "refresh" not in page
    assert ">failed<" in page.replace("\n", "").replace(" ", "")
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_the_table_of_a_live_run_shows_the_stream_so_far(lab: Lab, learner: User) -> None:
    run = make_run(lab, learner)
    run.claim_for("runner-1")
    stream.append_opening(run.pk, 1, stream.opening_event(1))
    assert "run queued" in Client().get(f"/runs/{run.pk}/?plain=1").content.decode()


def test_the_owner_stops_a_queued_run_from_the_table(lab: Lab, learner: User, owner: Client) -> None:
    run = make_run(lab, learner)
    assert owner.post(f"/runs/{run.pk}/stop/").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.outcome) == (State.ENDED, Outcome.CANCELLED)


@pytest.mark.usefixtures("guest_runs")
@pytest.mark.parametrize(
    ("mode", "words", "disabled"),
    [
        ("jail", "", False),
        ("replay", "This machine cannot make a jail", True),
        ("", "No runner is available", False),
    ],
)
def test_the_bench_says_what_runs_are_done_with(mode: str, words: str, disabled: bool) -> None:
    if mode:
        beat(mode, "The kernel refuses user namespaces.")
    page = Client().get(BENCH).content.decode()
    assert words in page
    assert bool(re.search(r'id="run"\s+type="submit"\s+disabled', page)) is disabled
    if mode == "replay":
        assert "The kernel refuses user namespaces." in page
        assert Client().post(f"{BENCH}runs/", {}).status_code == 503


def test_the_recording_of_the_starter_is_one_json_array() -> None:
    events = Client().get(f"{BENCH}recording.json").json()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_two_runs_lie_side_by_side_with_what_differs(lab: Lab, learner: User) -> None:
    first, second = ended(lab, learner), make_run(lab, learner, files={"tasks.py": "other = True\n"})
    page = Client().get(f"/runs/beside/?a={first.pk}&b={second.pk}").content.decode()
    assert "other = True" in page
    assert "Starts of the export" in page
    assert Client().get("/runs/beside/?a=x&b=").status_code == 302


def test_runs_of_two_benches_are_not_compared(lab: Lab, learner: User) -> None:
    other = Lab.objects.create(slug="other", title="Other", revision=lab.revision)
    runs = [ended(lab, learner), make_run(other, learner)]
    assert Client().get(f"/runs/beside/?a={runs[0].pk}&b={runs[1].pk}").status_code == 404


def test_an_unknown_bench_and_an_unknown_run_are_404() -> None:
    for address in (
        "/labs/nothing/",
        "/runs/00000000-0000-4000-8000-000000000000/",
        "/labs/nothing/recording.json",
    ):
        assert Client().get(address).status_code == 404


def test_the_editor_gets_the_nonce_of_the_page() -> None:
    answer = Client().get(BENCH)
    nonce = re.search(r'id="bench-script"[^>]* nonce="([^"]+)"', answer.content.decode())
    assert nonce
    assert f"'nonce-{nonce.group(1)}'" in answer["Content-Security-Policy"]


@pytest.mark.usefixtures("guest_runs")
def test_a_bench_that_is_switched_off_says_why_shows_the_recording_and_starts_nothing(settings: Any) -> None:
    settings.LABS_ENABLED = False
    beat()
    answer = Client().get(BENCH)
    page = answer.content.decode()
    assert "have switched new runs off for now" in page
    assert "Loading the recording" in page
    assert data_of(answer)["sandbox"]["state"] == "off"
    assert re.search(r'id="run"\s+type="submit"\s+disabled', page)
    refused = Client().post(f"{BENCH}runs/", {})
    assert (refused.status_code, refused["Retry-After"]) == (503, "300")
    assert not Run.objects.exists()

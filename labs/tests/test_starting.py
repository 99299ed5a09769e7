"""The API and the form of the bench start runs by the same rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from labs.live import heartbeats
from labs.models import Run
from labs.tests.api_calls import with_csrf
from labs.tests.conftest import LAB
from sandbox.protocol import LINE_LIMIT, WardenStatus, line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]
Door = Callable[..., Any]


def by_api(browser: Client, *, key: str | None = None, text: str = "x = 1\n", pages: str = "5") -> Any:
    body = {"files": {"tasks.py": text}, "knobs": {"pages": int(pages) if pages.isdigit() else pages}}
    headers = with_csrf(browser) | ({} if key is None else {"Idempotency-Key": key})
    return browser.post(f"/api/labs/{LAB}/runs/", json.dumps(body), "application/json", headers=headers)


def by_form(browser: Client, *, key: str | None = None, text: str = "x = 1\n", pages: str = "5") -> Any:
    form = {"file:tasks.py": text, "knob:pages": pages} | ({} if key is None else {"key": key})
    return browser.post(f"/labs/{LAB}/runs/", form, headers=with_csrf(browser))


doors = pytest.mark.parametrize(("door", "accepted"), [(by_api, 202), (by_form, 302)], ids=["api", "form"])


@pytest.fixture
def guest_runs(settings: Any) -> None:
    settings.LABS_GUEST_RUNS = True


@doors
@pytest.mark.usefixtures("guest_runs")
def test_a_guest_who_clicks_twice_starts_one_run(browser: Client, door: Door, accepted: int) -> None:
    responses = [door(browser, key="k1") for _ in range(2)]
    assert [response.status_code for response in responses] == [accepted, accepted]
    assert responses[0]["Location"] == responses[1]["Location"]
    assert Run.objects.count() == User.objects.guests().count() == 1


@doors
@pytest.mark.usefixtures("guest_runs")
def test_a_first_visit_that_sends_both_clicks_without_a_guest_cookie_starts_one_run(
    browser: Client, door: Door, accepted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = with_csrf(browser)  # both clicks send the token of one page
    monkeypatch.setattr("labs.tests.test_starting.with_csrf", lambda client: token)
    second = Client(enforce_csrf_checks=True)
    second.cookies.update(browser.cookies)
    assert [door(client, key="k1").status_code for client in (browser, second)] == [accepted, accepted]
    assert Run.objects.count() == User.objects.guests().count() == 1


@doors
@pytest.mark.usefixtures("guest_runs")
def test_the_second_click_gets_its_run_although_the_first_used_the_quota(
    browser: Client, settings: Any, door: Door, accepted: int
) -> None:
    settings.LABS_LIVE_RUNS_PER_LEARNER = 1
    assert [door(browser, key="k1").status_code for _ in range(2)] == [accepted, accepted]
    assert door(browser, key="k2").status_code == 429


@doors
@pytest.mark.usefixtures("guest_runs")
@pytest.mark.parametrize("key", ["", "x" * 101, "a\tb"], ids=["empty", "too long", "a tab"])
def test_a_key_that_cannot_be_stored_is_refused(browser: Client, door: Door, accepted: int, key: str) -> None:
    response = door(browser, key=key)
    assert response.status_code == 422
    assert b"1 to 100 printable characters" in response.content
    assert not Run.objects.exists()


@doors
def test_a_guest_is_refused_where_guests_may_not_start_runs(
    browser: Client, door: Door, accepted: int
) -> None:
    response = door(browser)
    assert response.status_code == 403
    assert b"Guests may not start runs here" in response.content
    assert not User.objects.exists()


@doors
@pytest.mark.usefixtures("guest_runs")
def test_runs_that_are_switched_off_are_refused_with_the_time_to_wait(
    browser: Client, settings: Any, door: Door, accepted: int
) -> None:
    settings.LABS_ENABLED = False
    response = door(browser)
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert b"Runs are switched off for now" in response.content


@doors
@pytest.mark.usefixtures("guest_runs")
def test_where_wardens_only_replay_the_refusal_gives_the_wardens_reason(
    browser: Client, door: Door, accepted: int
) -> None:
    status = WardenStatus("replay", 0, 0, 0, ("main",), {}, "User namespaces are refused.")
    heartbeats.send("here-1", status, running=0, slots=4)
    response = door(browser)
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert b"User namespaces are refused." in response.content


@doors
@pytest.mark.usefixtures("guest_runs")
def test_a_refused_submission_names_the_field_and_makes_no_guest(
    browser: Client, door: Door, accepted: int
) -> None:
    response = door(browser, pages="many")
    assert response.status_code == 422
    assert b"knobs.pages" in response.content
    assert not User.objects.exists()


@doors
@pytest.mark.usefixtures("guest_runs")
def test_files_over_a_mebibyte_are_refused_with_413(browser: Client, door: Door, accepted: int) -> None:
    response = door(browser, text="#" * (1 << 20))
    assert response.status_code == 413
    assert b"larger than 1 MiB" in response.content


@doors
@pytest.mark.usefixtures("guest_runs")
@pytest.mark.parametrize("letter", ["\x01", "\x1b", '"', "\\", "\n", "\u00e9", "\u65e5", "\U0001f600"])
def test_what_the_site_accepts_fits_into_a_line_for_the_warden(
    browser: Client, door: Door, accepted: int, letter: str
) -> None:
    text = letter * (900_000 // len(letter.encode()))
    response = door(browser, text=text)
    grows = len(line({"text": letter})) > len(line({"text": ""})) + len(letter.encode())
    assert response.status_code == (413 if grows else accepted)
    if grows:
        assert b"larger than 1 MiB" in response.content
    else:
        run = Run.objects.get()
        assert run.files == {"tasks.py": text}
        assert len(line({"op": "run", "request": run.request.to_json()})) < LINE_LIMIT


@pytest.mark.usefixtures("guest_runs")
def test_a_form_that_was_edited_after_the_back_button_starts_another_run(browser: Client) -> None:
    first, edited = by_form(browser, key="k1"), by_form(browser, key="k1", text="x = 2\n")
    assert first["Location"] != edited["Location"]
    assert Run.objects.count() == 2


def test_each_page_of_a_bench_carries_a_key_of_its_own_for_its_form(client: Client) -> None:
    pages = [client.get(f"/labs/{LAB}/").content.decode() for _ in range(2)]
    keys = {page.partition('name="key" value="')[2].partition('"')[0] for page in pages}
    assert len(keys) == 2
    assert all(20 < len(key) < 80 for key in keys)

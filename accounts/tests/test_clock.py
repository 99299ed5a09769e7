from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.template import Context, Template

from accounts.models import User
from accounts.tests.people import client_of, make_learner
from accounts.words.clock import present_name, time_element, zone_names

LATE = datetime(2026, 9, 3, 22, 5, 9, tzinfo=UTC)


def test_a_time_says_utc_where_no_zone_is_chosen() -> None:
    assert ">3 Sep 2026, 22:05 UTC</time>" in time_element(LATE)
    assert ">3 Sep 2026, 22:05:09 UTC</time>" in time_element(LATE, precision="second")


def test_a_time_is_in_the_chosen_zone_and_its_day_may_be_the_next_one() -> None:
    assert ">4 Sep 2026, 03:35</time>" in time_element(LATE, "Asia/Kolkata")
    assert ">4 Sep 2026</time>" in time_element(LATE, "Asia/Kolkata", "day")
    assert 'title="Asia/Kolkata"' in time_element(LATE, "Asia/Kolkata")


@pytest.mark.parametrize("zone", ["", "UTC", "Asia/Kolkata", "America/St_Johns", "No/Such_Place"])
def test_the_machine_readable_instant_is_the_same_in_every_zone(zone: str) -> None:
    assert 'datetime="2026-09-03T22:05:09Z"' in time_element(LATE, zone)


def test_the_tag_takes_the_zone_of_the_page_s_user() -> None:
    page = Template('{% load clock %}{% moment when "minute" %}|{% moment nothing %}')
    context = {"when": LATE, "nothing": None, "user": User(time_zone="Asia/Tokyo")}
    assert "4 Sep 2026, 07:05" in page.render(Context(context))
    assert page.render(Context({"when": LATE, "nothing": None})).endswith("UTC</time>|")


def test_zones_are_named_after_places() -> None:
    assert zone_names()[0] == "UTC"
    assert {"Asia/Kolkata", "Africa/Nairobi", "America/St_Johns"} <= set(zone_names())
    assert not [name for name in zone_names() if name.startswith(("Etc/", "US/"))]


def test_each_place_is_listed_once_by_its_present_name() -> None:
    assert {"Asia/Kolkata", "Europe/Kyiv", "Europe/Oslo"} <= set(zone_names())
    assert not {"Asia/Calcutta", "Europe/Kiev", "America/Buenos_Aires", "Canada/Atlantic"} & set(zone_names())
    assert present_name("Asia/Calcutta") == "Asia/Kolkata"
    assert present_name("Europe/Oslo") == "Europe/Oslo"  # a place of its own, whatever zone it is a link to
    assert present_name("Mars/Olympus") == present_name("") == ""


def test_the_scripts_rename_zones_as_the_server_does() -> None:
    script = (settings.BASE_DIR / "static/js/clock.js").read_text()
    renamed = re.findall(r'"(\w+/\w+)": "([\w/]+)"', script)
    assert len(renamed) > 15
    assert [(former, present_name(former)) for former, _ in renamed] == renamed


@pytest.mark.django_db
def test_a_zone_that_was_renamed_after_it_was_chosen_stays_chosen() -> None:
    assert ">4 Sep 2026, 03:35</time>" in time_element(LATE, "Asia/Calcutta")
    page = client_of(make_learner(time_zone="Asia/Calcutta")).get("/accounts/").content.decode()
    assert '<option value="Asia/Kolkata" selected>' in page


@pytest.mark.django_db
def test_a_time_zone_is_chosen_on_the_account_page_and_used_by_the_next() -> None:
    user = make_learner(name="Ada")
    client = client_of(user)
    assert client.post("/accounts/", {"name": "Ada", "time_zone": "Asia/Kolkata"}).status_code == 302
    user.refresh_from_db()
    assert user.time_zone == "Asia/Kolkata"
    page = client.get("/accounts/").content.decode()
    assert 'data-zone="Asia/Kolkata"' in page
    assert "<span data-clock-zone>Asia/Kolkata</span>" in page


@pytest.mark.django_db
def test_a_time_zone_that_does_not_exist_is_refused() -> None:
    user = make_learner()
    response = client_of(user).post("/accounts/", {"name": "", "time_zone": "Mars/Olympus"})
    assert response.status_code == 422
    user.refresh_from_db()
    assert user.time_zone == ""


@pytest.mark.django_db
def test_the_footer_of_one_user_s_zone_is_not_kept_for_another() -> None:
    client_of(make_learner(time_zone="Asia/Tokyo")).get("/accounts/")
    page = client_of(make_learner()).get("/accounts/").content.decode()
    assert "<span data-clock-zone>UTC</span>" in page

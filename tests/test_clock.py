"""The reader's clock in a browser far from UTC: every page prints times in one zone and one format."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils.dateformat import format as written
from playwright.sync_api import Browser, Page, expect

from accounts.words.clock import FORMATS
from tests.conftest import Visit
from tests.journeys.lab_page import BENCH, Bench
from tests.product import Product
from tests.test_account_pages import sign_up
from tests.test_quiz_journeys import begin

pytestmark = pytest.mark.browser

KOLKATA, TOKYO = ZoneInfo("Asia/Kolkata"), ZoneInfo("Asia/Tokyo")
TIMES = """() => [...document.querySelectorAll("time")].map(
    (time) => [time.dateTime, time.dataset.clock, time.textContent.trim()])"""
BARE = re.compile(r"\b\d{1,2} [A-Z][a-z]{2,8} 20\d\d\b|\b20\d\d-\d\d-\d\d\b")


def use_everything(page: Page) -> list[str]:
    """Sign up, begin a quiz, read a lesson, start a run; the addresses of the pages that then print times."""
    sign_up(page)
    attempt = begin(page)
    page.goto("/lessons/visibility-timeout/#the-rule")
    page.mouse.wheel(0, 200)
    with page.expect_response(re.compile("/position/")):
        page.mouse.wheel(0, 400)
    page.goto("/labs/visibility-timeout/")
    page.evaluate(
        """() => fetch("runs/", {method: "POST", headers: {"Idempotency-Key": crypto.randomUUID()},
            body: new URLSearchParams({csrfmiddlewaretoken:
                document.querySelector("input[name=csrfmiddlewaretoken]").value})})"""
    )
    return ["/runs/", "/progress/", "/accounts/sessions/", "/quizzes/visibility-timeout/", attempt]


def disagreements(page: Page, addresses: list[str], zone: ZoneInfo) -> list[str]:
    """Times that are not in the zone and the format, and dates outside `<time>`. Every page must have one."""
    found = []
    for address in addresses:
        page.goto(address)
        expect(page.locator("time").first).to_be_attached()
        times = page.evaluate(TIMES)
        for instant, precision, text in times:
            when = datetime.fromisoformat(instant).astimezone(zone)
            if text != written(when, FORMATS[precision]):
                found.append(f"{address}: {instant} {precision} is {text!r}")
        page.evaluate("() => { for (const time of document.querySelectorAll('time')) time.remove(); }")
        found += [f"{address}: {date} bare" for date in BARE.findall(page.inner_text("main"))]
    return found


def test_all_pages_agree_on_the_zone_of_the_browser_and_then_on_the_account_s(visit: Visit) -> None:
    page = visit(timezone_id="Asia/Kolkata").page
    addresses = use_everything(page)
    assert disagreements(page, addresses, KOLKATA) == []
    expect(page.locator("footer [data-clock-zone]")).to_have_text(re.compile(r"Asia/Kolkata \(UTC\+05:30\)"))
    page.goto("/accounts/")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    assert disagreements(page, addresses, TOKYO) == []


def test_without_a_script_a_time_names_its_zone(browser: Browser, product: Product) -> None:
    context = browser.new_context(
        base_url=product.address, java_script_enabled=False, timezone_id="Asia/Kolkata"
    )
    page = context.new_page()
    sign_up(page)
    page.goto("/accounts/sessions/")
    shown = page.locator("time").first
    when = datetime.fromisoformat(shown.get_attribute("datetime") or "").astimezone(UTC)
    expect(shown).to_have_text(written(when, FORMATS["minute"]) + " UTC")
    context.close()


def test_a_lab_s_scripts_print_times_by_the_reader_s_clock_and_name_its_zone(visit: Visit) -> None:
    page = visit(timezone_id="Asia/Kolkata").page
    page.goto(BENCH)
    Bench(page).ready()
    due = {"eta": "2026-11-29T20:47:05.123456+00:00"}
    waits = {"why": "scheduled", "until": "2026-11-29T20:47:05"}
    events = [
        {"seq": 1, "t": 0.1, "lane": "driver", "kind": "task-sent", "task": "a", "name": "mail", "data": due},
        {"seq": 2, "t": 0.2, "lane": "driver", "kind": "task-waiting", "task": "a", "data": waits},
    ]
    page.evaluate("events => bench.view.load(events)", events)
    zone = r"Asia/(Kolkata|Calcutta) \(UTC\+05:30\)"
    expect(page.locator("#log li").first).to_contain_text(re.compile(rf"eta 02:17:05 {zone}"))
    expect(page.locator("#log li").last).to_contain_text("for its scheduled time, 20:47:05")
    page.get_by_role("tab", name="tasks.py").click()
    page.locator(".cm-editor:visible .cm-content").click()
    page.keyboard.insert_text("# mine\n")
    kept = page.locator("#code-kept")
    expect(kept).to_contain_text("Kept in this browser")
    expect(kept).to_have_attribute("title", re.compile(zone))
    now = written(datetime.now(KOLKATA), "j M Y")
    expect(kept).to_contain_text(now)
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Earlier", exact=True).click()
    expect(page.locator("#earlier")).to_contain_text(f"Before a reset, {now}")
    expect(page.locator("#earlier")).to_contain_text(re.compile(f"Times are in {zone}"))

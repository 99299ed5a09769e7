"""The newcomer's way from the map to the record by keyboard alone, by touch, and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab, Visit
from tests.journeys.bench import BENCH, LAB, LESSON, RUN_WITHIN, Bench
from tests.journeys.keys import Keys
from tests.journeys.people import DEAD_CHILD, dead_child
from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.jail]
TITLE = "At most once, at least once"


@pytest.fixture(autouse=True)
def ready(product: Product) -> None:
    product.wait_ready()


def expect_progress(page: Page) -> None:
    """The record shows the lesson as opened and the lab as tried."""
    expect(page.get_by_role("heading", name="My progress", level=1)).to_be_visible()
    row = page.get_by_role("row").filter(has_text=TITLE)
    expect(row).to_contain_text("of 5")
    expect(row).not_to_contain_text("not opened")


def read_and_answer_by_keys(page: Page, keys: Keys) -> None:
    """From the map to the lesson, to its first quick check, and on to the bench."""
    page.goto("/")
    keys.enter(page.get_by_role("link", name="Skip to content"))
    keys.enter(page.get_by_role("link", name=re.compile(TITLE + "$")).first)
    expect(page).to_have_url(re.compile(LESSON))
    keys.choose(dead_child(page).get_by_role("group", name="Choose one").get_by_role("radio"), DEAD_CHILD)
    keys.enter(dead_child(page).get_by_role("button", name="Check answer"))
    verdict = dead_child(page).locator("[data-verdict]")
    expect(verdict).to_contain_text("Right.")
    expect(verdict).to_be_focused()
    keys.enter(page.get_by_role("link", name="Open the bench"), within=120)
    expect(page).to_have_url(re.compile(BENCH))


def run_and_kill_by_keys(page: Page, keys: Keys) -> Bench:
    """Switch the driver's own kills off, predict, run, and kill worker-1 while it works."""
    bench = Bench(page).ready()
    for knob in ("Act 1", "Act 2"):
        keys.reach(page.get_by_role("switch", name=re.compile(knob)))
        page.keyboard.press("Space")
    keys.enter(bench.button("Table"))
    keys.reach(page.get_by_role("combobox", name="What"))
    page.keyboard.type("Starts of the label")
    keys.reach(page.get_by_role("textbox", name="Predicted number"))
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.locator("#predict-said")).to_contain_text("Committed for the next run: 4")
    page.keyboard.press("Control+Enter")
    expect(bench.row("worker-1", "running").first).to_be_visible(timeout=RUN_WITHIN)
    keys.enter(bench.button("kill -9 worker-1"), by="Shift+Tab")
    expect(bench.row("worker-1", "lost").first).to_be_visible()
    expect(bench.row("worker-2", "redelivered").first).to_be_visible()
    return bench


def test_a_newcomer_goes_the_whole_way_by_keyboard_alone(tab: Tab) -> None:
    page = tab.page
    keys = Keys(page)
    read_and_answer_by_keys(page, keys)
    bench = run_and_kill_by_keys(page, keys)
    bench.wait_for_checks()
    expect(bench.checks).to_have_count(5)
    expect(page.locator("#checks")).to_contain_text("Why not")
    expect(page.locator("#predict-gap")).to_contain_text("3 starts")
    rows, run = bench.written(), bench.last_run()
    page.reload()
    expect(bench.says).to_have_text("Replay of a run that ended with checks not met")
    assert bench.last_run()["id"] == run["id"]
    expect(page.locator("#timeline .exec[aria-label*=redelivered]").first).to_be_attached()
    keys.enter(bench.button("Table"))
    assert bench.written() == rows
    page.keyboard.press("g")
    page.keyboard.press("m")
    keys.enter(page.get_by_role("link", name="My progress").first)
    expect_progress(page)


def test_a_newcomer_goes_the_whole_way_by_touch_on_a_phone(phone: Tab) -> None:
    page = phone.page
    page.goto("/")
    page.get_by_role("link", name=re.compile(TITLE + "$")).first.tap()
    expect(page).to_have_url(re.compile(LESSON))
    dead_child(page).get_by_text(DEAD_CHILD).tap()
    dead_child(page).get_by_role("button", name="Check answer").tap()
    expect(dead_child(page).locator("[data-verdict]")).to_contain_text("Right.")
    page.get_by_role("link", name="Open the bench").tap()
    bench = Bench(page).ready()
    bench.button("Inspect").tap()
    page.get_by_role("textbox", name="Predicted number").fill("1")
    bench.button("Commit").tap()
    bench.button("Run").tap()
    bench.button("Table").tap()
    expect(bench.row("worker-1", "running").first).to_be_visible(timeout=RUN_WITHIN)
    bench.button("kill -9 worker-1").tap()
    expect(bench.row("worker-1", "lost").first).to_be_visible()
    expect(bench.row("redelivered").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bench.button("Inspect").tap()
    bench.wait_for_checks()
    run = bench.last_run()["id"]
    page.reload()
    expect(bench.says).to_contain_text("Replay of a run")
    assert bench.last_run()["id"] == run
    page.get_by_label("Menu", exact=True).tap()
    page.get_by_role("navigation", name="Site, compact").get_by_role("link", name="My progress").tap()
    expect_progress(page)


def test_a_newcomer_goes_the_whole_way_without_scripts(visit: Visit) -> None:
    page = visit(java_script_enabled=False).page
    page.goto("/")
    page.get_by_role("link", name=re.compile(TITLE + "$")).first.click()
    expect(page.get_by_role("heading", name="The mechanism")).to_be_visible()
    expect(page.locator("svg").filter(has_text="book_sale").first).to_be_visible()
    dead_child(page).get_by_text(DEAD_CHILD).click()
    dead_child(page).get_by_role("button", name="Check answer").click()
    expect(page.locator("[data-verdict]").first).to_contain_text("Right.")
    page.goto(LESSON)
    expect(dead_child(page).locator("[data-verdict]")).to_contain_text("Right.")
    page.get_by_role("button", name="I have read this").click()
    page.get_by_role("link", name="Open the bench").click()
    expect(page.get_by_role("textbox", name="tasks.py")).to_contain_text("acks_late=True")
    page.locator("#plain-measure").select_option(label="Starts of the label (starts)")
    page.get_by_role("textbox", name="Predicted number").fill("1")
    page.get_by_role("button", name="Run", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}/\?plain=1"))
    expect(page.get_by_role("table", name="Checks")).to_be_visible(timeout=RUN_WITHIN)
    expect(page.get_by_role("table", name="Checks").get_by_role("row")).to_have_count(6)
    told = page.request.get(page.url.replace("/runs/", "/api/runs/").partition("?")[0]).json()
    assert told["lab"] == LAB
    assert told["prediction"]["value"] == 1
    events = page.get_by_role("table", name=f"{told['event_count']} events")
    expect(events.get_by_role("row")).to_have_count(told["event_count"] + 1)
    expect(events).to_contain_text("visible again")
    page.goto("/progress/")
    expect_progress(page)

"""A newcomer's first hour: read, answer, predict, run, kill, see the redelivery; by mouse, by keyboard alone,
on a phone.
"""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import Tab
from tests.journeys.lab_page import BENCH, LAB, LESSON, RUN_WITHIN, Bench
from tests.product import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.jail, pytest.mark.timeout(600)]
ENOUGH_TABS = 120


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is."""
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in Axe().run(page).response["violations"]]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of this accessible name has the focus."""
    for _ in range(ENOUGH_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return (e.getAttribute('aria-label') || e.labels?.[0]?.textContent"
            " || e.textContent || '').trim(); })()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached by the Tab key")


def wait_for_first_start(bench: Bench) -> None:
    bench.page.get_by_role("button", name="Table", exact=True).click()
    expect(bench.rows.first).to_be_visible(timeout=RUN_WITHIN)


def test_a_newcomer_reads_answers_predicts_runs_kills_and_sees_the_redelivery(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    page.get_by_role("link", name="At most once, at least once").first.click()
    expect(page).to_have_url(re.compile(LESSON))
    assert violations(page) == []
    check = page.locator("form").filter(has=page.get_by_role("button", name="Check answer")).first
    check.get_by_text("It is acknowledged by the parent and recorded as FAILURE.").click()
    check.get_by_role("button", name="Check answer").click()
    expect(page.get_by_text("Right", exact=False).first).to_be_visible()

    page.get_by_role("link", name="Open the bench").first.click()
    expect(page).to_have_url(re.compile(BENCH))
    bench = Bench(page)
    page.locator("#predict-n").fill("2")
    page.locator("#predict-commit").click()
    page.locator("#run").click()
    wait_for_first_start(bench)
    bench.button("kill -9 worker-1").click()
    expect(bench.log.filter(has_text="kill -9 worker-1").first).to_be_attached()
    bench.wait_for_checks()
    expect(bench.row("redelivered").first).to_be_visible()
    expect(page.locator("#predict-gap")).not_to_be_empty()
    assert bench.heard() == list(range(1, bench.last_run()["event_count"] + 1))
    assert violations(page) == []

    page.goto(bench.last_run()["url"])
    bench.button("Table").click()
    expect(bench.row("redelivered").first).to_be_visible()
    page.goto("/progress/")
    expect(page.get_by_role("row").filter(has_text="At most once, at least once")).to_contain_text("of 5")


def test_the_same_with_the_keyboard_alone(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the content
    tab_to(page, "Start the lesson")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/lessons/"))
    page.goto(LESSON)
    page.locator("#main").focus()
    tab_to(page, "It ")  # the first choice of the quick check, any option
    page.keyboard.press("Space")
    tab_to(page, "Check answer")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^(Right|Not right)")).first).to_be_attached()

    page.goto(BENCH)
    tab_to(page, "Predicted number")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    bench = Bench(page)
    expect(bench.button("kill -9 worker-2")).to_be_enabled(timeout=RUN_WITHIN)
    page.locator("#main").focus()
    tab_to(page, "kill -9 worker-2")
    page.keyboard.press("Enter")
    bench.wait_for_checks()
    assert page.evaluate("document.activeElement !== document.body")


def test_the_same_on_a_phone(phone: Tab) -> None:
    page = phone.page
    page.goto(BENCH)
    page.locator("#run").click()
    bench = Bench(page)
    bench.button("Trace").click()
    bench.button("Table").click()
    expect(bench.rows.first).to_be_visible(timeout=RUN_WITHIN)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    inspect = page.get_by_role("button", name="Inspect")
    inspect.click()
    bench.wait_for_checks()
    expect(bench.checks).to_have_count(5)
    expect(inspect).to_have_text(re.compile(r"Inspect\s+\d of 5"))
    assert violations(page) == []


def test_without_javascript_a_run_is_started_by_a_form_and_shown_as_a_table(browser, product) -> None:
    context = browser.new_context(base_url=product.address, java_script_enabled=False)
    page = context.new_page()
    page.goto(BENCH)
    page.get_by_role("button", name="Run", exact=True).first.click()
    expect(page).to_have_url(re.compile("/runs/"))
    page.wait_for_timeout(3000)
    page.reload()
    expect(page.get_by_role("table").first).to_contain_text("worker-1")
    context.close()


def test_broken_code_is_told_in_a_sentence_with_file_and_line(product) -> None:
    visitor = Visitor(product)
    ended = visitor.wait_for(visitor.start(LAB, files={"tasks.py": "def broken(:\n"}), "ended")
    assert ended["outcome"] == "error"
    assert "tasks.py" in ended["reason"]
    assert "line 1" in ended["reason"]


def test_a_stranger_with_the_link_sees_the_run_and_no_buttons(tab: Tab, browser, product) -> None:
    page = tab.page
    page.goto(BENCH)
    page.locator("#run").click()
    bench = Bench(page)
    wait_for_first_start(bench)
    link = bench.last_run()["url"]
    stranger = browser.new_context(base_url=product.address)
    seen = stranger.new_page()
    seen.goto(link)
    expect(Bench(seen).says).not_to_be_empty()
    expect(seen.get_by_role("button", name="kill -9 worker-1")).to_have_count(0)
    bench.wait_for_checks()
    stranger.close()

"""What visitors do in more than one journey: answer, run, log in."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.bench import BENCH, LESSON, Bench

DEAD_CHILD = "It is acknowledged by the parent and recorded as FAILURE."
VOUCHER = "which state does celery report"


def check_of(page: Page, text: str) -> Locator:
    """The quick check of the lesson whose question holds `text`."""
    return page.locator("section.question--check").filter(has_text=re.compile(text, re.IGNORECASE))


def dead_child(page: Page) -> Locator:
    return check_of(page, "What becomes of the task")


def voucher(page: Page) -> Locator:
    return check_of(page, VOUCHER)


def answer_dead_child(page: Page) -> None:
    """Answer the lesson's first quick check, rightly."""
    page.goto(LESSON)
    dead_child(page).get_by_text(DEAD_CHILD).click()
    dead_child(page).get_by_role("button", name="Check answer").click()
    expect(dead_child(page).locator("[data-verdict]")).to_contain_text("Right.")


def answer_voucher(page: Page) -> None:
    """Answer the lesson's second quick check, rightly."""
    page.goto(LESSON)
    voucher(page).get_by_label("Your answer").fill("PENDING")
    voucher(page).get_by_role("button", name="Check answer").click()
    expect(voucher(page).locator("[data-verdict]")).to_contain_text("Right.")


def run_and_stop(page: Page) -> str:
    """Start a run of the lab and stop it; its id."""
    page.goto(BENCH)
    bench = Bench(page).ready()
    bench.button("Run").click()
    expect(bench.button("Stop")).to_be_enabled()
    bench.button("Stop").click()
    expect(bench.says).to_have_text("Stopped", timeout=20_000)
    return str(bench.last_run()["id"])

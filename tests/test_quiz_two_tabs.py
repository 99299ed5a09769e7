"""One attempt in two tabs of a real browser: what is typed in the one while the other hands in or saves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import Tab
from tests.test_quiz_journeys import OPEN, begin

pytestmark = pytest.mark.browser
LATE = "This attempt was handed in"


def test_text_typed_after_another_tab_handed_in_is_said_to_be_late_and_stays_to_be_copied(tab: Tab) -> None:
    page, other = tab.page, tab.context.new_page()
    url = begin(page, "All at once")
    other.goto(url)
    other.get_by_role("button", name="Hand in all answers").click()
    other.get_by_role("button", name=re.compile("Hand in without")).click()
    expect(other.locator("#result")).to_be_visible()
    question = page.locator(f"#q{OPEN}")
    field = question.get_by_label("Your answer")
    field.fill("a long text")
    expect(question.locator(".saved[role=alert]")).to_contain_text(LATE)
    field.press_sequentially(", and more")
    expect(question.locator(".saved[role=alert]")).to_contain_text(LATE)
    expect(field).to_have_value("a long text, and more")
    page.get_by_role("button", name="Hand in all answers").click()
    expect(page.get_by_role("alert").first).to_contain_text(LATE)
    expect(page.locator(f"#q{OPEN} .written")).to_have_text("a long text, and more")
    expect(page.locator("#result")).to_be_visible()
    other.close()
    for words in ("409", "410", "422"):
        tab.forgive(words)


def test_a_choice_between_two_texts_is_asked_for_once_and_is_over_when_it_is_made(tab: Tab) -> None:
    page, other = tab.page, tab.context.new_page()
    url = begin(page, "All at once")
    other.goto(url)
    page.locator(f"#q{OPEN}").get_by_label("Your answer").fill("first tab")
    expect(page.locator(f"#q{OPEN} .saved")).to_contain_text("Saved at")
    question = other.locator(f"#q{OPEN}")
    question.get_by_label("Your answer").fill("second tab")
    expect(question.locator(".choice")).to_be_visible()
    other.get_by_role("button", name="Hand in all answers").click()
    expect(other.get_by_role("alert").first).to_contain_text("questions have no answer")
    expect(question.locator(".choice")).to_be_visible()
    expect(question.get_by_text("Another tab changed this answer.")).to_have_count(1)
    question.get_by_role("button", name="Keep mine").click()
    expect(question.locator(".saved")).to_contain_text("Saved at")
    expect(question.get_by_text("Another tab changed this answer.")).to_have_count(0)
    expect(question.locator("[aria-invalid]")).to_have_count(0)
    expect(question.get_by_label("Your answer").first).to_have_value("second tab")
    other.close()
    for words in ("409", "422"):
        tab.forgive(words)

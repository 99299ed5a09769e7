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

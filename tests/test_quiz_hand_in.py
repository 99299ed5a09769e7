"""Handing in, in a real browser: what is typed and not checked counts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import Tab
from tests.test_quiz_journeys import KEY, begin

pytestmark = pytest.mark.browser


def test_what_was_typed_counts_when_the_attempt_is_handed_in_before_it_was_checked(tab: Tab) -> None:
    page = tab.page
    url = begin(page)
    page.locator("#q1 .opt label", has_text=KEY).click()
    expect(page.locator("#q1 .saved")).to_contain_text("Saved at")
    page.goto(f"{url}?q=5")
    page.get_by_label("Your answer").fill("7")
    page.get_by_role("button", name=re.compile("Hand in now")).click()
    expect(page.locator("#result")).to_be_visible()
    expect(page.locator("#q1 [data-verdict]")).to_contain_text("Right.")
    expect(page.locator("#q5 [data-verdict]")).to_contain_text("Not right.")


def test_the_page_counts_answers_as_they_are_saved(tab: Tab) -> None:
    page = tab.page
    begin(page, "All at once")
    expect(page.locator("#answered")).to_have_text("0 of 8")
    page.locator("#q5").get_by_label("Your answer").fill("7")
    expect(page.locator("#answered")).to_have_text("1 of 8")
    expect(page.locator("#steps li").nth(4)).to_have_class("saved")
    expect(page.locator("#q5").get_by_label("Your answer")).to_be_focused()
    page.locator("#q5").get_by_label("Your answer").fill("")
    expect(page.locator("#answered")).to_have_text("0 of 8")

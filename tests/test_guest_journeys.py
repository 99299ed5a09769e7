"""A guest loses nothing: not by signing up, not by logging in to an older account."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Tab
from tests.product import Product
from tests.test_account_pages import PASSWORD, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
RIGHT = "The message was held for an hour, so a sweep put it back."
FIRST, SECOND = "/lessons/visibility-timeout/", "/lessons/acks-and-crashes/"


def answer(page: Page, lesson: str, option: str) -> None:
    """Answer the first quick check of a lesson."""
    page.goto(lesson)
    check = page.locator("form").filter(has=page.get_by_role("button", name="Check answer")).first
    check.get_by_text(option).click()
    check.get_by_role("button", name="Check answer").click()
    expect(page.get_by_text("Right", exact=False).first).to_be_visible()


def is_answered(page: Page, lesson: str) -> bool:
    page.goto(lesson)
    return page.locator("[data-question=graded]").count() > 0


def read_to(page: Page, lesson: str, section: str) -> None:
    page.goto(lesson)
    with page.expect_response(lambda response: "/position/" in response.url):
        page.locator(f"#{section}").scroll_into_view_if_needed()
        page.mouse.wheel(0, 400)


def log_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def test_what_a_guest_read_and_answered_is_there_after_signing_up(tab: Tab) -> None:
    page = tab.page
    answer(page, FIRST, RIGHT)
    read_to(page, FIRST, "the-rule")
    sign_up(page)
    assert is_answered(page, FIRST)
    page.goto("/progress/")
    expect(page.get_by_role("row").filter(has_text="The clock behind redelivery")).not_to_contain_text(
        "not opened"
    )


def test_a_guest_who_logs_in_to_an_older_account_has_both_records(
    tab: Tab, browser: Browser, product: Product
) -> None:
    older = browser.new_context(base_url=product.address)
    before = older.new_page()
    email = sign_up(before)
    answer(before, SECOND, "It is acknowledged by the parent and recorded as FAILURE.")
    older.close()

    page = tab.page
    answer(page, FIRST, RIGHT)
    log_in(page, email)
    assert is_answered(page, FIRST)
    assert is_answered(page, SECOND)

"""Answers, places, attempts and runs of a guest: kept by signing up, joined by logging in, gone from view by logging out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab, Visit
from tests.journeys.bench import LAB, LESSON
from tests.journeys.people import answer_dead_child, answer_voucher, dead_child, run_and_stop, voucher
from tests.product import Product
from tests.test_account_pages import PASSWORD, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.jail]
QUIZ = f"/quizzes/{LAB}/"
TITLE = "At most once, at least once"


@pytest.fixture(autouse=True)
def ready(product: Product) -> None:
    product.wait_ready()


def log_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def log_out(page: Page) -> None:
    page.get_by_label("Account of").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Sign up").first).to_be_visible()


def begin_quiz(page: Page) -> None:
    page.goto(QUIZ)
    page.get_by_role("button", name=re.compile("Start")).click()
    expect(page.locator("#q1")).to_be_visible()


def runs_listed(page: Page) -> list[str]:
    """The ids of the runs on "My runs"."""
    page.goto("/runs/")
    links = page.locator("tbody th a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    return sorted(str(link).strip("/").rpartition("/")[2] for link in links)


def expect_answered(page: Page) -> None:
    page.goto(LESSON)
    expect(dead_child(page).locator("[data-verdict]")).to_contain_text("Right.")


def test_a_guest_signs_up_and_keeps_answers_the_attempt_and_runs(tab: Tab) -> None:
    page = tab.page
    answer_dead_child(page)
    begin_quiz(page)
    run = run_and_stop(page)
    sign_up(page)
    expect_answered(page)
    page.goto(QUIZ)
    expect(page.get_by_role("link", name="Resume attempt 1")).to_be_visible()
    assert runs_listed(page) == [run]
    page.goto(f"/runs/{run}/")
    expect(page.get_by_role("link", name="Edit and run again")).to_be_visible()
    page.goto("/progress/")
    expect(page.get_by_role("row").filter(has_text=TITLE)).not_to_contain_text("not opened")


def test_a_guest_who_logs_in_to_an_old_account_finds_both_records_and_takes_them_out_with_him(visit: Visit) -> None:
    old = visit().page
    email = sign_up(old)
    answer_dead_child(old)
    begin_quiz(old)
    first = run_and_stop(old)

    page = visit().page
    answer_voucher(page)
    begin_quiz(page)
    second = run_and_stop(page)
    log_in(page, email)
    expect_answered(page)
    expect(voucher(page).locator("[data-verdict]")).to_contain_text("Right.")
    assert runs_listed(page) == sorted([first, second])
    page.goto(QUIZ)
    expect(page.get_by_role("link", name=re.compile("Resume attempt"))).to_have_count(2)

    log_out(page)
    page.goto(LESSON)
    expect(page.get_by_role("button", name="Check answer")).not_to_have_count(0)
    expect(page.locator("[data-verdict]")).to_have_count(0)
    assert runs_listed(page) == []
    page.goto("/progress/")
    expect(page.get_by_text("Nothing is kept about you yet.")).to_be_visible()

"""Quizzes in a real browser when something is in the way: no connection, an error, two tabs, two people."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import Tab, Visit
from tests.test_account_pages import sign_up
from tests.test_quiz_journeys import OPEN, begin, forget_this_browser

pytestmark = pytest.mark.browser
LESSON = "/lessons/acks-and-crashes/"
NO_CONNECTION = "the server does not respond"


def alert(page: Page, place: str) -> str:
    """What is said at that place of the page, once something is."""
    said = page.locator(place).locator("[data-trouble][role=alert]")
    expect(said).to_be_visible()
    return said.inner_text()


def forgive_requests(tab: Tab) -> None:
    """The failures were provoked."""
    for words in ("Failed to load resource", "htmx:", "Response Status Error Code"):
        tab.forgive(words)


def test_without_a_connection_an_answer_says_so_and_goes_through_later(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=5")
    tab.context.set_offline(True)
    page.get_by_label("Your answer").fill("7")
    page.get_by_role("button", name="Check answer").click()
    assert NO_CONNECTION in alert(page, "#q5")
    expect(page.get_by_label("Your answer")).to_have_value("7")
    tab.context.set_offline(False)
    page.locator("[data-trouble]").get_by_role("button", name="Try again").click()
    expect(page.locator("#q5 [data-verdict]")).to_contain_text("Not right.")
    expect(page.locator("[data-trouble]")).to_have_count(0)
    forgive_requests(tab)


def test_without_a_connection_a_hint_says_so_and_comes_later(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=2")
    page.get_by_label("Your prediction").fill("3")
    tab.context.set_offline(True)
    page.get_by_role("button", name="Show a hint").click()
    assert NO_CONNECTION in alert(page, "#q2")
    tab.context.set_offline(False)
    page.locator("[data-trouble]").get_by_role("button", name="Try again").click()
    expect(page.locator(".onehint")).to_be_visible()
    expect(page.locator("[data-trouble]")).to_have_count(0)
    expect(page.get_by_label("Your prediction")).to_have_value("3")
    forgive_requests(tab)


def test_without_a_connection_marks_stay_chosen(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q={OPEN}")
    page.get_by_label("Your answer").fill("It starts again.")
    page.get_by_role("button", name="Hand in answer").click()
    expect(page.locator(".points")).to_be_visible()
    for group in page.locator(".points fieldset").all():
        group.get_by_label("Whole", exact=True).check()
    tab.context.set_offline(True)
    page.get_by_role("button", name="Keep these marks").click()
    assert NO_CONNECTION in alert(page, f"#q{OPEN}")
    tab.context.set_offline(False)
    page.locator("[data-trouble]").get_by_role("button", name="Try again").click()
    expect(page.locator(f"#q{OPEN} [data-verdict]")).to_contain_text("Right.")
    forgive_requests(tab)


@pytest.mark.parametrize(
    ("mode", "button"),
    [("One at a time", "Hand in now, 8 unanswered"), ("All at once", "Hand in all answers")],
)
def test_without_a_connection_a_hand_in_says_so_and_keeps_every_text(
    tab: Tab, mode: str, button: str
) -> None:
    page = tab.page
    url = begin(page, mode)
    if mode == "All at once":
        page.locator("#q5").get_by_label("Your answer").fill("7")
    tab.context.set_offline(True)
    page.get_by_role("button", name=button).click()
    assert NO_CONNECTION in alert(page, ".quiz")
    assert url in page.url
    tab.context.set_offline(False)
    page.locator("[data-trouble]").get_by_role("button", name="Try again").click()
    if mode == "All at once":
        expect(page.get_by_role("alert").first).to_contain_text("questions have no answer")
        expect(page.locator("#q5").get_by_label("Your answer")).to_have_value("7")
        page.get_by_role("button", name=re.compile("Hand in without those")).click()
    expect(page.locator("#result")).to_contain_text("not passed")
    forgive_requests(tab)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "refused it (403)"),
        (404, "refused it"),
        (429, "busy"),
        (500, "has an error (500)"),
        (503, "busy"),
    ],
)
def test_each_refusal_of_a_quick_check_is_said_beside_its_button(tab: Tab, status: int, said: str) -> None:
    page = tab.page
    page.goto(LESSON)
    check = page.locator("[data-question=open]").first
    check.locator("label").first.click()
    away = [True]

    def door(route: Route) -> None:
        if away[0]:
            route.fulfill(status=status, body="<html>no</html>")
        else:
            route.continue_()

    page.route("**/quizzes/**/answer/", door)
    check.get_by_role("button", name="Check answer").click()
    assert said in alert(page, "[data-question=open]")
    assert check.locator("input:checked").count() == 1
    away[0] = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-question=graded]").first).to_be_visible()
    forgive_requests(tab)


def test_saved_is_not_said_over_newer_text(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q={OPEN}")
    page.get_by_label("Your answer").fill("saved text")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    page.route("**/draft/", lambda route: route.fulfill(status=503, body=""))
    page.get_by_label("Your answer").press_sequentially(", and more")
    expect(page.locator(".saved")).not_to_contain_text("Saved at")
    expect(page.locator(".saved[role=alert]")).to_contain_text("Not saved")
    page.unroute("**/draft/")
    page.locator(".saved").get_by_role("button", name="Try again").click()
    expect(page.locator(".saved")).to_contain_text("Saved at")
    forgive_requests(tab)


def test_two_tabs_keep_both_texts_until_one_is_chosen(tab: Tab) -> None:
    page, other = tab.page, tab.context.new_page()
    url = f"{begin(page)}?q={OPEN}"
    page.goto(url)
    other.goto(url)
    page.get_by_label("Your answer").fill("first tab")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    other.get_by_label("Your answer").fill("second tab")
    for _ in range(2):  # a reload decides nothing
        choice = other.locator(".choice")
        expect(choice).to_contain_text("first tab")
        expect(choice).to_contain_text("second tab")
        page.get_by_label("Your answer").fill("first tab, more")
        expect(page.locator(".saved")).to_contain_text("Saved at")
        other.reload()
    expect(other.locator(".choice")).to_contain_text("first tab, more")
    other.get_by_role("button", name="Keep mine").click()
    expect(other.locator(".saved")).to_contain_text("Saved at")
    expect(other.get_by_label("Your answer")).to_have_value("second tab")
    forget_this_browser(page)
    other.goto(url)
    expect(other.get_by_label("Your answer")).to_have_value("second tab")
    other.close()
    tab.forgive("409")


@pytest.mark.parametrize(("button", "stays"), [("Keep mine", "second tab"), ("Take the other", "first tab")])
def test_without_a_script_two_tabs_keep_both_texts_until_one_is_chosen(
    visit: Visit, button: str, stays: str
) -> None:
    page = visit(java_script_enabled=False).page
    url = f"{begin(page)}?q={OPEN}"
    other = page.context.new_page()
    for one in (page, other):
        one.goto(url)
    page.get_by_label("Your answer").fill("first tab")
    page.get_by_role("button", name="Save for later").click()
    other.get_by_label("Your answer").fill("second tab")
    other.get_by_role("button", name="Save for later").click()
    choice = other.get_by_role("group", name="In the other tab")
    expect(choice.get_by_role("textbox")).to_have_value("first tab")
    expect(other.get_by_label("Your answer").first).to_have_value("second tab")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("first tab")
    choice.get_by_role("button", name=button).click()
    expect(other.get_by_label("Your answer")).to_have_value(stays)
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value(stays)


def test_an_unreadable_answer_does_not_take_the_draft_of_another_tab(tab: Tab) -> None:
    page, other = tab.page, tab.context.new_page()
    url = f"{begin(page)}?q=5"
    for one in (page, other):
        one.goto(url)
    page.get_by_label("Your answer").fill("7")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    other.get_by_label("Your answer").fill("seven")
    other.get_by_role("button", name="Check answer").click()
    expect(other.locator("#q5 [data-error]")).to_contain_text("isn't a number")
    choice = other.locator(".choice")
    expect(choice).to_contain_text("7")
    expect(choice).to_contain_text("seven")
    page.reload()  # the attribute is the server's draft; the browser offers the other tab's copy beside it
    expect(page.get_by_label("Your answer")).to_have_attribute("value", "7")
    tab.forgive("409")


def typed_field(page: Page) -> str:
    """Type into the first open quick check of the lesson that takes text, else choose; the draft's key."""
    check = page.locator("[data-question=open]").first
    check.locator("label").first.click()
    expect(check.locator(".saved")).to_have_text("Saved in this browser.")
    return check.get_attribute("id") or ""


def chosen(page: Page, check: str) -> int:
    return page.locator(f"#{check} input:checked").count()


def test_a_draft_of_a_quick_check_is_there_again_for_its_owner_alone(tab: Tab) -> None:
    page = tab.page
    sign_up(page)
    page.goto(LESSON)
    check = typed_field(page)
    page.reload()
    expect(page.locator(f"#{check} .saved")).to_contain_text("restored")
    assert chosen(page, check) == 1
    tab.context.clear_cookies()  # the session ends without a log-out
    page.goto(LESSON)
    assert chosen(page, check) == 0
    sign_up(page)
    page.goto(LESSON)
    assert chosen(page, check) == 0
    expect(page.locator(f"#{check} .saved")).to_have_text("")


def test_what_a_visitor_chose_is_there_after_signing_up(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    check = typed_field(page)
    sign_up(page)
    page.goto(LESSON)
    expect(page.locator(f"#{check} .saved")).to_contain_text("restored")
    assert chosen(page, check) == 1

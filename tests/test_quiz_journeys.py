"""Quizzes in a real browser: by mouse, by keyboard alone, without a script, and while the server is away."""

from __future__ import annotations

import re
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.conftest import Tab
from tests.product import Product

pytestmark = pytest.mark.browser

QUIZ = "/quizzes/visibility-timeout/"
KEY = "The message was held for an hour, so a sweep put it back."
STEPS = (
    "A worker takes the message, and an entry appears in unacked_index",
    "The entry becomes older than the visibility timeout",
    "A sweep puts the message back into the queue",
    "The second worker takes the message and starts the task",
    "The first run ends, and its acknowledgement removes the entry",
    "The second run ends and finds no entry to remove",
)
OPEN = 8


def begin(page: Page, mode: str = "One at a time") -> str:
    """Start the quiz; the attempt's path."""
    page.goto(QUIZ)
    page.locator(".opt label", has_text=mode).click()
    page.get_by_role("button", name=re.compile("Start (the quiz|attempt)")).click()
    expect(page.locator("#q1")).to_be_visible()
    return re.sub(r"^.*?(/quizzes/attempts/[^/]+/).*$", r"\1", page.url)


def violations(page: Page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # no colour in between
        for wrong in Axe().run(page).response["violations"]:
            found.append(f"{page.url} {scheme} {wrong['id']}: {wrong['nodes'][0]['target']}")
    return found


def test_keys_pick_answer_and_go_on_without_a_mouse(tab: Tab) -> None:
    page = tab.page
    begin(page)
    labels = [text.strip() for text in page.locator("#q1 .opt label").all_text_contents()]
    page.keyboard.press(str(labels.index(KEY) + 1))
    page.keyboard.press("Enter")
    verdict = page.locator("#q1 [data-verdict]")
    expect(verdict).to_contain_text("Right.")
    expect(verdict).to_be_focused()
    expect(page.locator("#steps li").first).to_have_class("right")
    expect(page.locator("#answered")).to_have_text("1 of 8")
    expect(page.get_by_role("button", name="Hand in now, 7 unanswered")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#q2-h")).to_contain_text("Question 2 of 8")


def test_enter_in_a_field_answers_and_asks_for_no_hint(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=5")
    page.get_by_label("Your answer").fill("7")
    page.keyboard.press("Enter")
    expect(page.locator("#q5 [data-verdict]")).to_contain_text("Not right.")
    expect(page.locator(".onehint")).to_have_count(0)


def test_what_cannot_be_read_is_said_at_once_and_stays_in_the_field(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=5")
    page.get_by_label("Your answer").fill("soon")
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_role("alert")).to_contain_text("“soon” isn't a number")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Your answer")).to_have_value("soon")


def test_a_hint_is_fetched_only_when_it_is_asked_for(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=2")
    assert "When is the message taken for the second time" not in page.content()
    page.get_by_label("Your prediction").fill("3")
    page.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".onehint")).to_contain_text("When is the message taken for the second time")
    expect(page.locator(".onehint")).to_be_focused()
    expect(page.get_by_label("Your prediction")).to_have_value("3")
    assert "What removes the entry" not in page.content()


def steps(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#q4 .order .text").all_text_contents()]


def step(page: Page, place: int) -> Locator:
    return page.locator("#q4 .order li").nth(place)


def test_steps_are_put_in_order_by_keys_alone_and_each_move_is_said(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=4")
    for place, text in enumerate(STEPS):
        at = steps(page).index(text)
        step(page, at).locator("button:not(:disabled)").first.focus()
        for _ in range(at - place):
            page.keyboard.press("Alt+ArrowUp")
    assert steps(page) == list(STEPS)
    expect(page.locator("[data-order-said]")).to_contain_text("of 6")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q4 [data-verdict]")).to_contain_text("Right.")


def test_steps_are_put_in_order_by_buttons_and_by_dragging(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=4")
    before = steps(page)
    confirmed = page.get_by_label("This order is my answer")
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_role("alert").first).to_contain_text("Move a step, or confirm")
    expect(confirmed).not_to_be_checked()
    step(page, 0).get_by_role("button", name="Move down").click()
    expect(confirmed).to_be_checked()
    assert steps(page) == [before[1], before[0], *before[2:]]
    box = step(page, 3).bounding_box()
    assert box is not None
    step(page, 0).drag_to(step(page, 3), target_position={"x": 60, "y": box["height"] - 3})
    assert steps(page) == [before[0], before[2], before[3], before[1], *before[4:]]
    page.reload()
    assert steps(page) == [before[0], before[2], before[3], before[1], *before[4:]]
    tab.wrong = [line for line in tab.wrong if "422" not in line]


def forget_this_browser(page: Page) -> None:
    page.evaluate("localStorage.clear()")


def test_what_is_typed_is_on_the_server_within_two_seconds(tab: Tab) -> None:
    page = tab.page
    url = f"{begin(page)}?q={OPEN}"
    page.goto(url)
    page.get_by_label("Your answer").press_sequentially("half a thought")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    forget_this_browser(page)
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("half a thought")


def test_leaving_at_once_still_saves(tab: Tab) -> None:
    page = tab.page
    url = f"{begin(page)}?q={OPEN}"
    page.goto(url)
    page.get_by_label("Your answer").fill("and away")
    page.goto("/quizzes/")
    forget_this_browser(page)
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("and away")


def test_a_dead_server_loses_nothing_and_gets_the_draft_when_it_is_back(tab: Tab) -> None:
    page = tab.page
    away = [True]

    def door(route: Route) -> None:
        if away[0]:
            route.abort()
        else:
            route.continue_()

    url = f"{begin(page)}?q={OPEN}"
    page.route("**/draft/", door)
    page.goto(url)
    page.get_by_label("Your answer").fill("typed into nothing")
    expect(page.locator(".saved")).to_contain_text("Not saved: the server does not respond")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("typed into nothing")
    expect(page.locator(".saved")).to_contain_text("Not saved")
    away[0] = False
    expect(page.locator(".saved")).to_contain_text("Saved at")
    forget_this_browser(page)
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("typed into nothing")
    tab.wrong = [line for line in tab.wrong if "net::ERR_FAILED" not in line]


def test_two_tabs_are_asked_which_text_stays(tab: Tab) -> None:
    page, other = tab.page, tab.context.new_page()
    url = f"{begin(page)}?q={OPEN}"
    page.goto(url)
    other.goto(url)
    page.get_by_label("Your answer").fill("first tab")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    other.get_by_label("Your answer").fill("second tab")
    expect(other.locator(".saved")).to_contain_text("Another tab changed this answer")
    other.get_by_label("Your answer").press_sequentially(", more")
    other.get_by_role("button", name="Take the other").click()
    expect(other.get_by_label("Your answer")).to_have_value("first tab")
    expect(other.locator(".saved")).to_contain_text("Saved at")
    other.close()


def test_what_a_guest_typed_is_there_after_signing_up(tab: Tab) -> None:
    page = tab.page
    url = f"{begin(page)}?q={OPEN}"
    page.goto(url)
    page.get_by_label("Your answer").fill("typed as a guest")
    expect(page.locator(".saved")).to_contain_text("Saved at")
    forget_this_browser(page)
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill(f"mira-{uuid.uuid4().hex[:8]}@example.org")
    page.get_by_label("Password", exact=True).fill("a long and odd phrase")
    page.get_by_label("The password again").fill("a long and odd phrase")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/")
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("typed as a guest")


def test_an_explanation_is_marked_by_its_writer_beside_the_model_answer(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q={OPEN}")
    page.get_by_label("Your answer").fill("It starts again every five minutes.")
    page.get_by_role("button", name="Hand in answer").click()
    expect(page.locator("#q8")).to_contain_text("A model answer")
    for group in page.locator("#q8 .points fieldset").all():
        group.get_by_label("Whole", exact=True).check()
    page.get_by_role("button", name="Keep these marks").click()
    expect(page.locator("#q8 [data-verdict]")).to_contain_text("Right.")


def test_all_at_once_hands_in_one_form_and_names_what_is_unanswered(tab: Tab) -> None:
    page = tab.page
    begin(page, "All at once")
    page.locator("#q5").get_by_label("Your answer").fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hand in all answers")).to_be_visible()
    page.get_by_role("button", name="Hand in all answers").click()
    expect(page.get_by_role("alert").first).to_contain_text("questions have no answer: 1, 2, 3, 4, 6, 7, 8.")
    expect(page.locator("#q5").get_by_label("Your answer")).to_have_value("7")
    page.get_by_role("button", name="Hand in without those 7 answers").click()
    expect(page.locator("#result")).to_contain_text("not passed")
    tab.wrong = [line for line in tab.wrong if "422" not in line]


def test_a_whole_quiz_is_taken_without_a_script_on_a_phone(browser: Browser, product: Product) -> None:
    context = browser.new_context(
        base_url=product.address, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    begin(page)
    page.locator(".opt label", has_text=KEY).click()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q1")).to_contain_text("Right.")
    page.get_by_role("link", name="Next question").click()
    page.get_by_label("Your prediction").fill("3")
    page.get_by_role("button", name="Commit prediction").click()
    expect(page.locator("#q2")).to_contain_text("Waiting for your run.")
    page.get_by_role("link", name="Next question").click()
    page.get_by_role("button", name="Show the hint").click()
    expect(page.locator(".onehint")).to_contain_text("Find the end of the first bar")
    page.locator("#q3 .opt label").first.click()
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("link", name="Next question").click()
    for text in STEPS:
        select = page.locator("#q4 .order li", has_text=text).get_by_role("combobox")
        select.select_option(str(STEPS.index(text) + 1))
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q4")).to_contain_text("Right.")
    page.get_by_role("link", name="Next question").click()
    page.get_by_label("Your answer").fill("7")
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_label("Your answer")).to_have_value("7")
    page.get_by_role("button", name=re.compile("Hand in now, 3 unanswered")).click()
    expect(page.locator("#q5 [data-verdict]")).to_contain_text("Not right.")
    context.close()


def test_the_pages_of_a_quiz_have_no_accessibility_violation_and_fit_a_phone(tab: Tab, phone: Tab) -> None:
    found = []
    for visitor in (tab, phone):
        page = visitor.page
        url = begin(page)
        page.goto(f"{url}?q=1")
        page.locator("#q1 .opt label").first.click()
        page.get_by_role("button", name="Check answer").click()
        expect(page.locator("#q1 [data-verdict]")).to_be_visible()
        addresses = ["/quizzes/", QUIZ, *(f"{url}?q={place}" for place in range(1, 9))]
        for address in addresses:
            page.goto(address)
            found += violations(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                found.append(f"{address} scrolls sideways")
        page.get_by_role("button", name=re.compile("Hand in now")).click()
        expect(page.locator("#result")).to_be_visible()
        found += violations(page)
    assert found == []

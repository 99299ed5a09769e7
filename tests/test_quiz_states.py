"""What a quiz shows in a real browser: states without colours, readings of numbers, the way back, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab, Visit
from tests.test_quiz_journeys import KEY, begin

pytestmark = pytest.mark.browser


def sign(page: Page, place: int) -> str:
    """What the line of steps shows for a question besides colour."""
    script = "(node) => getComputedStyle(node, '::before').content"
    return str(page.locator("#steps li").nth(place - 1).evaluate(script))


def test_with_forced_colours_right_wrong_and_open_differ_by_sign_and_word(tab: Tab) -> None:
    page = tab.page
    page.emulate_media(forced_colors="active")
    url = begin(page)
    page.locator("#q1 .opt label", has_text=KEY).click()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q1 [data-verdict]")).to_contain_text("Right.")
    page.goto(f"{url}?q=5")
    page.get_by_label("Your answer").fill("7")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q5 [data-verdict]")).to_contain_text("Not right.")
    signs = [sign(page, place) for place in (1, 5, 3)]
    assert len(set(signs)) == 3
    assert signs[2] == "none"
    expect(page.locator("#steps li").nth(0)).to_contain_text("right")
    expect(page.locator("#steps li").nth(4)).to_contain_text("not right")


def test_a_prediction_is_read_back_before_it_is_committed(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=2")
    page.get_by_label("Your prediction").fill("3,5")
    expect(page.locator("#q2-understood")).to_contain_text("Read as 3.5")
    page.get_by_role("button", name="Commit prediction").click()
    expect(page.locator("#q2")).to_contain_text("Waiting for your run.")
    expect(page.locator("#q2")).to_contain_text("3.5")


def test_back_returns_to_the_question_that_was_answered(tab: Tab) -> None:
    page = tab.page
    begin(page)
    page.locator("#q1 .opt label", has_text=KEY).click()
    page.get_by_role("button", name="Check answer").click()
    page.get_by_role("link", name="Next question").click()
    expect(page.locator("#q2-h")).to_be_visible()
    page.go_back()
    expect(page.locator("#q1 [data-verdict]")).to_contain_text("Right.")


EVERYWHERE = {"This sheet", "The course map", "Search", "Light or dark theme"}
ANSWERING = {"In a question: answer, then go on"}
PICKING = {"In a question: pick an option or a line"}
TIMELINE = {
    "On the timeline: go to another execution",
    "On the timeline: select the execution, and select nothing",
    "On the timeline: zoom in, zoom out, show the whole trace",
    "On the timeline: move the window",
}
EDITING = {"Run", "In the editor: indent", "Leave the editor"}
LINES = {"On the line between two panes: move the line"}


def keys_of(page: Page) -> set[str]:
    """What the sheet lists here, opened a second time: each key once."""
    for _ in range(2):
        page.keyboard.press("?")
        listed = page.locator("#site-keys dd:visible").all_inner_texts()
        page.keyboard.press("Escape")
    assert len(set(listed)) == len(listed)
    return set(listed)


def test_the_list_of_keys_is_that_of_the_page(visit: Visit) -> None:
    page = visit().page
    url = begin(page)
    assert keys_of(page) == EVERYWHERE | ANSWERING | PICKING
    page.goto(f"{url}?q=5")
    page.locator("h1").click()
    assert keys_of(page) == EVERYWHERE | ANSWERING
    page.goto("/glossary/")
    assert keys_of(page) == EVERYWHERE | {"Next and previous section"}
    page.goto("/quizzes/")
    assert keys_of(page) == EVERYWHERE
    page.goto("/lessons/acks-and-crashes/")
    reading = {"Next and previous section", "Next and previous page"}
    assert keys_of(page) == EVERYWHERE | reading | ANSWERING | PICKING
    page.goto("/labs/acks-and-crashes/")
    expect(page.locator("#conn")).not_to_be_empty()
    assert keys_of(page) == EVERYWHERE | EDITING | LINES | TIMELINE
    phone = visit(390, 844).page
    phone.goto("/labs/acks-and-crashes/")
    expect(phone.locator("#conn")).not_to_be_empty()
    assert keys_of(phone) == EVERYWHERE | EDITING


def test_the_sentence_about_a_number_goes_when_another_is_typed(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{begin(page)}?q=5")
    page.get_by_label("Your answer").fill("soon")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q5 [data-error]")).to_be_visible()
    page.get_by_label("Your answer").fill("7")
    expect(page.locator("#q5 [data-error]")).to_have_count(0)

"""Browser journeys of a reader: the theme, the place in a lesson, the keys, a note on a passage."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Tab, Visit

pytestmark = pytest.mark.browser
LESSON = "/lessons/visibility-timeout/"


def theme(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).colorScheme"))


def test_the_theme_follows_the_system_until_one_chooses_and_the_choice_is_kept(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    assert theme(page) == "light dark"
    page.get_by_role("button", name="Use the dark theme").click()
    assert theme(page) == "dark"
    page.goto(LESSON)
    assert theme(page) == "dark"
    expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()


def test_a_chosen_theme_is_set_before_the_first_paint(tab: Tab) -> None:
    tab.page.goto("/")
    tab.page.evaluate("localStorage.setItem('theme', 'dark')")
    tab.page.route("**/js/theme*.js", lambda route: route.abort())
    tab.page.goto("/")
    assert theme(tab.page) == "dark"
    tab.wrong.clear()  # the script was withheld on purpose


def test_the_place_in_a_lesson_is_kept_and_resumed(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    page.locator("#the-rule").scroll_into_view_if_needed()
    with page.expect_response(re.compile("/position/")) as kept:
        page.mouse.wheel(0, 300)
    assert kept.value.status == 204
    page.goto("/")
    page.get_by_role("link", name="Continue lesson").click()
    expect(page).to_have_url(re.compile(LESSON + "#."))
    assert page.evaluate("scrollY") > 1000


def test_the_contents_follow_the_reader(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON + "#said-and-true")
    expect(page.locator("[data-spy] [aria-current]")).to_have_text("Said and true")


def test_keys_step_through_sections_and_are_listed(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") not in ("", first)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile(r"/$"))


def test_keys_do_nothing_in_a_field_and_can_be_switched_off(tab: Tab) -> None:
    page = tab.page
    page.goto("/search/")
    page.locator("#q").focus()
    page.keyboard.type("jkt?")
    assert page.input_value("#q") == "jkt?"
    page.goto("/")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("switch").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert theme(page) == "light dark"


def test_a_selected_passage_can_be_asked_about(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    page.evaluate(
        """() => { const text = document.querySelector("#the-rule ~ p").firstElementChild.firstChild;
                   getSelection().setBaseAndExtent(text, 0, text, text.length); }"""
    )
    page.get_by_role("link", name="Report or ask about this passage").click()
    assert page.input_value("#id_section") == "the-rule"
    assert len(page.input_value("#id_quote")) > 3
    page.fill("#id_body", "Is this so on every broker?")
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_text("Your note is with the people")).to_be_visible()
    expect(page).to_have_url(re.compile(LESSON + "#the-rule"))


def test_a_listing_can_be_copied(tab: Tab) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tab.page
    page.goto(LESSON)
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith("@app.task(acks_late=True)\ndef")


def test_a_phone_has_the_links_in_its_menu_and_scrolls_only_down(phone: Tab) -> None:
    page = phone.page
    for address in ("/", LESSON, "/glossary/", "/search/?q=message", "/progress/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Menu", exact=True).click()
    page.get_by_role("navigation", name="Site, compact").get_by_role("link", name="Sign up").click()
    expect(page).to_have_url(re.compile("signup"))


@pytest.mark.parametrize("width", [640, 390])
def test_a_narrow_progress_page_shows_every_column_of_every_lesson(visit: Visit, width: int) -> None:
    page = visit(width, 844).page
    page.goto(LESSON)
    with page.expect_response(re.compile("/position/")):
        page.mouse.wheel(0, 300)
    page.goto("/progress/")
    cells = page.locator(".table--record tbody td")
    assert cells.count() > 5  # more than the row of the lesson that was opened
    hidden = [cell.inner_text() for cell in cells.all() if not cell.is_visible()]
    assert hidden == []
    assert page.locator(".table--record .unread").first.inner_text().count("not") > 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_term_opens_in_place_by_pointer_and_keyboard_and_escape_closes_it(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    term, card = page.locator("a.term").first, page.locator("#term-card")
    term.hover()
    expect(card).to_be_visible()
    expect(card).to_contain_text(re.compile(r"\w{3,}.* \w{3,}"))
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.mouse.move(0, 0)
    page.locator("a.term").nth(1).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("a.term").nth(1)).to_have_attribute("aria-describedby", "term-card")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/glossary/#"))


def test_a_tap_opens_a_term_and_a_second_tap_follows_its_link(phone: Tab) -> None:
    page = phone.page
    page.goto(LESSON)
    term, card = page.locator("a.term").first, page.locator("#term-card")
    term.tap()
    expect(card).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page).to_have_url(re.compile(LESSON))
    card.get_by_role("link", name="In the glossary").tap()
    expect(page).to_have_url(re.compile("/glossary/#"))


def test_a_term_is_still_a_link_when_the_glossary_cannot_be_read(tab: Tab) -> None:
    page = tab.page
    page.goto(LESSON)
    page.route(
        "**/glossary/",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )
    page.locator("a.term").first.hover()
    page.locator("a.term").first.click()
    expect(page).to_have_url(re.compile("/glossary/#"))
    tab.forgive("Failed to load resource")


def test_the_home_page_loads_within_its_budget(tab: Tab) -> None:
    loaded: list[int] = []
    tab.page.on("requestfinished", lambda request: loaded.append(request.sizes()["responseBodySize"]))
    tab.page.goto("/", wait_until="networkidle")
    assert 60_000 < sum(loaded) <= 160 * 1024


OVERPRINTED = """() => [...document.querySelectorAll(".sequence svg")].flatMap((drawing) => {
    const texts = [...drawing.querySelectorAll("text")]
        .map((text) => [text.textContent, text.getBoundingClientRect()]);
    const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    return texts.flatMap(([one, a], place) => texts.slice(place + 1).filter(([, b]) => over(a, b))
        .map(([two]) => `${one} / ${two}`));
})"""


def test_no_label_of_a_figure_is_printed_over_another(tab: Tab) -> None:
    for lesson in ("slow-request", "celery-first-worker", "acks-and-crashes", "visibility-timeout"):
        tab.page.goto(f"/lessons/{lesson}/")
        expect(tab.page.locator(".sequence svg").first).to_be_attached()
        assert tab.page.evaluate(OVERPRINTED) == []


@pytest.mark.parametrize("outer", ["ol", "ul"])
@pytest.mark.parametrize("inner", ["ol", "ul"])
def test_a_nested_list_is_indented_below_its_item(tab: Tab, outer: str, inner: str) -> None:
    page = tab.page
    page.goto(LESSON)
    # The sheets of a lesson's page decide; no lesson has a nested list yet.
    lefts = page.evaluate(
        """([outer, inner]) => {
            const names = [outer, "li", inner, "li"]
            const [list, item, nested, below] = names.map((name) => document.createElement(name))
            item.append("Item", nested); nested.append(below); below.append("Below"); list.append(item)
            document.querySelector(".prose").append(list)
            return [item, below].map((element) => element.getBoundingClientRect().left)
        }""",
        [outer, inner],
    )
    assert lefts[1] >= lefts[0] + 16

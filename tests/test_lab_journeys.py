"""The bench in a browser: panes, typed text and its owners, failures beside buttons, what follows a pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.conftest import Tab, Visit
from tests.journeys.lab_page import BENCH, LAB, RUN_WITHIN, Bench
from tests.test_account_pages import PASSWORD, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SOLUTION = Path(__file__).parent.parent / "content/labs" / LAB / "solution/tasks.py"
FILE = "tasks.py"


def open_bench(page: Page) -> Bench:
    page.goto(BENCH)
    return Bench(page).ready()


def open_file(page: Page) -> None:
    page.get_by_role("tab", name=FILE).click()
    expect(page.locator(".cm-editor:visible")).to_be_visible()


def type_line(page: Page, text: str) -> None:
    """A line before all others of the open file, until the page says that it is kept."""
    page.locator(".cm-editor:visible .cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(text + "\n")
    expect(page.locator("#code-kept")).to_contain_text("Kept in this browser")


def text_of(page: Page) -> str:
    return str(page.evaluate(f"bench.editor.files.get('{FILE}').text"))


def width(page: Page, pane: str) -> float:
    return float(page.locator(f"#{pane}").evaluate("pane => pane.getBoundingClientRect().width"))


def test_the_separators_move_by_keys_and_are_remembered(tab: Tab) -> None:
    page = tab.page
    open_bench(page)
    before = width(page, "pane-code")
    line = page.get_by_role("separator", name="Width of the code")
    line.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    after = width(page, "pane-code")
    assert after == pytest.approx(before - 72, abs=2)
    assert line.get_attribute("aria-valuenow") == str(round(after))
    page.get_by_role("separator", name="Width of the inspector").focus()
    page.keyboard.press("Enter")
    assert width(page, "pane-inspect") == 0
    open_bench(page)
    assert width(page, "pane-code") == pytest.approx(after, abs=1)
    assert width(page, "pane-inspect") == 0


@pytest.mark.parametrize(("window", "least"), [(1280, 330), (1440, 440), (1920, 820)])
def test_the_code_is_as_wide_as_the_window_allows_and_may_show_whole_lines(
    visit: Visit, window: int, least: int
) -> None:
    page = visit(window, 900).page
    open_bench(page)
    assert width(page, "pane-code") >= least
    assert width(page, "pane-trace") >= 540
    page.get_by_role("button", name="Make room for whole lines").click()
    assert width(page, "pane-code") >= 850
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_tab_indents_and_escape_then_tab_leaves_the_editor(tab: Tab) -> None:
    page = tab.page
    open_bench(page)
    open_file(page)
    expect(page.locator("#code-hint")).to_contain_text("To leave the editor, press Esc, then Tab")
    page.locator(".cm-editor:visible .cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert text_of(page).startswith("    ")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.cm-editor')")


def test_a_file_changed_in_two_tabs_keeps_both_texts_until_the_person_chooses(tab: Tab) -> None:
    one, other = tab.page, tab.context.new_page()
    for page in (one, other):
        open_bench(page)
        open_file(page)
    other.evaluate("bench.editor.files.get('tasks.py').touched = true")  # typed here, and taken back
    type_line(one, "# from the first tab")
    choice = other.get_by_role("group", name=f"{FILE} was also changed in another tab")
    expect(choice).to_contain_text("# from the first tab")
    other.get_by_role("button", name="Keep mine").click()
    expect(choice).to_have_count(0)
    assert "first tab" not in text_of(other)
    expect(one.get_by_role("button", name="Take theirs")).to_be_visible()
    assert "first tab" in text_of(one)
    one.get_by_role("button", name="Take theirs").click()
    assert "first tab" not in text_of(one)
    one.get_by_text("Earlier", exact=True).click()
    expect(one.locator("#earlier")).to_contain_text("From another tab")


def test_the_next_person_on_a_browser_does_not_see_what_the_first_typed(tab: Tab) -> None:
    page = tab.page
    sign_up(page)
    open_bench(page)
    open_file(page)
    type_line(page, "# the secret of the first person")
    page.locator(".menu--account summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/")
    kept = "JSON.stringify(localStorage)"
    assert "secret" not in page.evaluate(kept)
    open_bench(page)
    assert "secret" not in text_of(page)
    sign_up(page)
    open_bench(page)
    assert "secret" not in text_of(page)


@pytest.mark.parametrize("status", [0, 403, 413, 422, 429, 500, 502, 503])
def test_a_run_that_cannot_start_says_so_keeps_the_text_and_can_be_tried_again(tab: Tab, status: int) -> None:
    page = tab.page
    open_bench(page)
    open_file(page)
    type_line(page, "# keep me")
    keys: list[str] = []

    def answer(route: Route, request: Request) -> None:
        keys.append(request.headers["idempotency-key"])
        if status:
            route.fulfill(status=status, body="")
        else:
            route.abort()

    page.route(f"**/api/labs/{LAB}/runs/", answer)
    page.get_by_role("button", name="Run", exact=True).click()
    notice = page.locator(".bench-notice--said")
    expect(notice).to_contain_text(re.compile(r"\w.+\."))
    assert "# keep me" in text_of(page)
    notice.get_by_role("button", name="Try again").click()
    expect(page.locator("#conn")).to_have_text("Not started")
    expect(notice).to_be_visible()
    assert len(keys) == 2
    assert len(set(keys)) == 1  # one run, however often it is asked for
    tab.forgive("Failed to load resource")


def test_what_a_prediction_is_read_as_is_said_before_it_is_locked(tab: Tab) -> None:
    page = tab.page
    open_bench(page)
    field, said = page.locator("#predict-n"), page.locator("#predict-said")
    field.fill("1")
    expect(said).to_have_text("Read as 1 start.")
    field.fill("three")
    expect(said).to_contain_text("isn't a number")
    tab.forgive("422")
    field.fill("3,0")
    page.get_by_role("button", name="Lock").click()
    expect(said).to_contain_text("Locked for the next run: 3 starts.")
    page.route("**/prediction/read/", lambda route: route.abort())
    field.fill("4")
    expect(said).to_contain_text("cannot be reached")
    expect(said.get_by_role("button", name="Try again")).to_be_visible()
    assert field.input_value() == "4"
    tab.forgive("Failed to load resource")


@pytest.mark.jail
def test_a_run_waits_for_a_prediction_that_is_still_being_read(tab: Tab) -> None:
    page = tab.page
    bench = open_bench(page)
    waiting: list[Route] = []
    page.route("**/prediction/read/", lambda route: waiting.append(route))
    page.locator("#predict-n").fill("2")
    with page.expect_request("**/prediction/read/"):
        page.get_by_role("button", name="Lock").click()
    bench.button("Run").click()
    expect(bench.button("Run")).to_be_disabled()
    for route in waiting:
        route.continue_()
    bench.wait_for_checks()
    expect(page.locator("#predict-gap")).to_be_visible()
    expect(page.locator("#predict-gap")).to_contain_text("You predicted 2 starts; the run had 1.")


@pytest.mark.jail
def test_after_a_pass_the_page_says_what_is_next_and_shows_ones_own_code_beside_ours(tab: Tab) -> None:
    page = tab.page
    bench = open_bench(page)
    page.locator(f".file[data-file='{FILE}'] textarea").evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }",
        "# my own way\n" + SOLUTION.read_text(),
    )
    page.locator("#predict-n").fill("1")
    page.get_by_role("button", name="Lock").click()
    expect(page.locator("#predict-said")).to_contain_text("Locked")
    bench.button("Run").click()
    bench.wait_for_checks()
    following = page.get_by_role("region", name="Next")
    expect(following).to_be_visible()
    expect(following).to_contain_text("You predicted 1 start")
    expect(following.get_by_role("link", name="Take the quiz")).to_be_visible()
    following.get_by_role("link", name="Compare your code with ours").click()
    expect(page.get_by_text("# my own way")).to_be_visible()
    expect(page.get_by_text("Yours, run of")).to_be_visible()


@pytest.mark.jail
def test_an_endless_loop_at_import_is_named_on_the_page(tab: Tab) -> None:
    page = tab.page
    bench = open_bench(page)
    page.locator(f".file[data-file='{FILE}'] textarea").evaluate(
        "area => { area.value = 'while True:\\n    pass\\n'; area.dispatchEvent(new Event('input')); }"
    )
    bench.button("Run").click()
    said = re.compile(r"worker-\d did not come up in \d+ s: tasks.py is still being imported\.")
    expect(bench.reason).to_contain_text(said, timeout=RUN_WITHIN)


OVERLAPS = """() => {
  const seen = [...document.querySelectorAll('#timeline text')].filter((node) => !node.closest('.exec')
    && node.textContent && node.checkVisibility({ visibilityProperty: true }));
  const boxes = seen.map((node) => [node.textContent, node.getBoundingClientRect()]);
  const found = [];
  for (const [i, [a, one]] of boxes.entries()) for (const [b, two] of boxes.slice(i + 1)) {
    const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
    const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
    if (wide > 1 && high > 2) found.push(`${a} / ${b}`);
  }
  return found;
}"""


@pytest.mark.jail
@pytest.mark.parametrize("window", [390, 1280])
def test_no_two_labels_of_a_trace_lie_on_each_other(visit: Visit, window: int) -> None:
    tab = visit(window, 800)
    page, bench = tab.page, open_bench(tab.page)
    bench.button("Run").click()
    bench.wait_for_checks()
    for share in (1, 0.8, 0.5, 0.3):
        page.evaluate("share => bench.view.player.seek(bench.view.model.t * share)", share)
        assert page.evaluate(OVERLAPS) == []


@pytest.mark.jail
def test_reduced_motion_steps_and_says_so_and_forced_colours_keep_the_words(visit: Visit) -> None:
    tab = visit(1280, 800, reduced_motion="reduce", forced_colors="active")
    page, bench = tab.page, open_bench(tab.page)
    expect(page.locator("#steps-said")).to_be_visible()
    bench.button("Run").click()
    bench.wait_for_checks()
    page.evaluate("bench.view.player.seek(0)")
    page.get_by_role("button", name="Play the replay").click()
    at = float(page.evaluate("bench.view.player.t"))
    assert 0 < at < float(page.evaluate("bench.view.player.end"))
    assert page.evaluate("bench.view.player.playing") is False
    page.evaluate("bench.view.player.seek(99)")
    shown = page.locator("#checks .when").all_inner_texts()
    assert {"passed", "failed"} >= set(shown) - {"not tested"}
    assert page.locator(".exec:visible .bar").first.evaluate("bar => getComputedStyle(bar).fill") != "none"


def test_a_second_person_logs_in_and_finds_an_own_bench(tab: Tab) -> None:
    page = tab.page
    email = sign_up(page)
    open_bench(page)
    open_file(page)
    type_line(page, "# of the first")
    tab.context.clear_cookies()  # the session is gone, and nobody logged out
    sign_up(page)
    open_bench(page)
    assert "# of the first" not in text_of(page)
    tab.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    open_bench(page)
    assert "# of the first" in text_of(page)

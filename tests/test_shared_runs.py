"""A run that somebody shared: whose code and whose prediction the pages say it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Visit
from tests.journeys.lab_page import BENCH
from tests.test_lab_journeys import FILE, open_bench, open_file, text_of, type_line

pytestmark = pytest.mark.browser
START = """([address, text]) => fetch(address + "runs/", {method: "POST", body: new URLSearchParams({
    "file:tasks.py": text, measure: "label_starts", value: "3", key: crypto.randomUUID(),
    csrfmiddlewaretoken: document.querySelector("input[name=csrfmiddlewaretoken]").value,
})}).then((answer) => answer.url)"""


def share(page: Page, text: str) -> str:
    """The id of a run with this text as its file."""
    page.goto(BENCH)
    found = re.search(r"/runs/([0-9a-f-]+)/", str(page.evaluate(START, [BENCH, text])))
    assert found
    return found[1]


def test_a_shared_run_that_replaces_own_edits_says_so_and_can_be_left_again(visit: Visit) -> None:
    run = share(visit().page, "theirs = 1\n")
    page = visit().page
    open_bench(page)
    open_file(page)
    type_line(page, "# my own edit")
    mine = text_of(page)
    page.goto(f"/runs/{run}/")
    page.get_by_role("link", name="Try it yourself").click()
    notice = page.locator("#loaded-run")
    expect(notice).to_contain_text("somebody else's run")
    expect(notice).to_contain_text("What you had typed here is kept.")
    assert text_of(page) == "theirs = 1\n"
    page.get_by_text("Earlier", exact=True).click()
    expect(page.locator("#earlier")).to_contain_text("Shared run of")
    expect(page.locator("#earlier")).not_to_contain_text("1970")
    notice.get_by_role("button", name="Back to my own").click()
    assert text_of(page) == mine
    expect(notice.get_by_role("button")).to_have_count(0)
    open_bench(page)
    assert text_of(page) == mine
    expect(page.locator("#loaded-run")).to_have_count(0)


def test_a_shared_run_on_an_untouched_bench_leads_back_to_the_starter(visit: Visit) -> None:
    run = share(visit().page, "theirs = 1\n")
    page = visit().page
    page.goto(f"{BENCH}?from={run}")
    page.get_by_role("button", name="Back to the starter").click()
    assert page.evaluate(f"Object.keys(bench.editor.changed()).includes('{FILE}')") is False


def test_the_prediction_of_a_shared_run_is_not_called_the_viewer_s(visit: Visit) -> None:
    owner = visit().page
    run = share(owner, "theirs = 1\n")
    owner.goto(f"/runs/{run}/")
    expect(owner.locator("#predict-gap")).to_contain_text("You predicted 3 starts")
    page = visit().page
    page.goto(f"/runs/{run}/")
    expect(page.locator("#predict-gap")).to_contain_text("The prediction was 3 starts")
    drawn = page.locator("#predict-plot")
    expect(drawn).to_contain_text("predicted, 3")
    expect(drawn).not_to_contain_text("you")
    assert "you" not in str(drawn.get_attribute("aria-label")).lower()


def test_the_bench_shows_above_the_outcome_what_the_server_says_of_predictions_in_quizzes(
    visit: Visit,
) -> None:
    page = visit().page
    share(page, "mine = 1\n")
    told = '<section class="next" id="quiz-predictions"><h2>Predicted in a quiz</h2></section>'
    page.route("**/predictions/?run=*", lambda route: route.fulfill(body=told, content_type="text/html"))
    open_bench(page)
    expect(page.locator("#quiz-predictions + #outcome")).to_be_attached()
    expect(page.get_by_role("heading", name="Predicted in a quiz")).to_be_visible()

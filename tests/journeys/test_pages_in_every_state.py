"""Every page in each of its states, judged by axe in both themes on a wide screen and a phone; and that none was left out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import test_every_page
from tests.conftest import Tab
from tests.journeys.bench import BENCH, LAB, LESSON, RUN_WITHIN, Bench
from tests.journeys.people import DEAD_CHILD, answer_dead_child, dead_child, run_and_stop
from tests.journeys.walk import Walk
from tests.product import BASE, Product
from tests.test_account_pages import sign_up

pytestmark = [pytest.mark.browser, pytest.mark.jail]
PANES = ("Code", "Trace", "Inspect")
QUIZ = f"/quizzes/{LAB}/"
RUN = "/runs/{run}/"
STATES_BEFORE_A_RUN = ("before a run", "all opened")
STATES_OF_A_RUN = ("during a run", "after a run", "as a table", "a replay")
AROUND_RUNS = ("/runs/", "/runs/beside/?a={run}&b={run}", RUN, f"{RUN}?plain=1", "/labs/{slug}/solution/", "given up")
STATES_OF_A_QUIZ = (
    "/quizzes/{slug}/",
    "unanswered",
    "a hint",
    "answered",
    "wrong",
    "result",
    "earlier attempts",
    "quick check",
)
FOR_ALL = (
    "/accounts/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-abc/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/abc/",
    "/accounts/inactive/",
)
FOR_USERS = (
    "/",
    "/accounts/",
    "/accounts/tokens/",
    "/accounts/email/",
    "/accounts/sessions/",
    "/accounts/delete/",
    "/accounts/logout/",
    "/progress/",
)
REST = ("/lessons/{slug}/note/", "/nowhere/", "/quizzes/nowhere/", "/search/?q=", "/search/?q=nothing-like-it")
NO_PAGE_OF_OURS = re.compile(r"\.(md|json|txt)$|^/api/(?!docs)|/export/$|^/(healthz|readyz|metrics)$|/position/$")
NOT_FOR_LEARNERS = {"/studio/notes/", "/accounts/password/set/"}


@pytest.fixture(autouse=True)
def ready(product: Product) -> None:
    product.wait_ready()


def test_no_page_was_left_out() -> None:
    table = (BASE / "tests" / "permissions.txt").read_text()
    listed = {m[1].partition("?")[0] for m in re.finditer(r"^GET +(\S+) .*\b200\b", table, re.MULTILINE)}
    pages = {path for path in listed if not NO_PAGE_OF_OURS.search(path)} - NOT_FOR_LEARNERS
    walked = {
        *AROUND_RUNS,
        *STATES_OF_A_QUIZ,
        *FOR_ALL,
        *FOR_USERS,
        *REST,
        *test_every_page.PAGES,
        "/quizzes/attempts/{attempt}/",
    }
    named = {re.sub(rf"/({'|'.join(test_every_page.LESSONS)})/", "/{slug}/", path.partition("?")[0]) for path in walked}
    assert len(pages) > 25
    assert pages - named == set()


def open_all(page: Page) -> None:
    """Every fold of the bench: hints, solution, measures, checks, filter."""
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


def test_a_bench_before_a_run(tab: Tab) -> None:
    page, walk = tab.page, Walk(tab.page)
    page.goto(BENCH)
    Bench(page).ready()
    walk.look("before a run", panes=PANES)
    open_all(page)
    walk.look("all opened", panes=PANES)
    assert walk.seen == list(STATES_BEFORE_A_RUN)
    assert walk.wrong == []


def test_a_bench_during_and_after_a_run(tab: Tab) -> None:
    page, walk = tab.page, Walk(tab.page)
    page.goto(BENCH)
    bench = Bench(page).ready()
    bench.button("Run").click()
    expect(page.locator("#timeline .exec").first).to_be_attached(timeout=RUN_WITHIN)
    walk.look("during a run")
    assert bench.last_run()["status"] == "running"
    bench.wait_for_checks()
    walk.look("after a run", panes=PANES[1:])
    bench.button("Table").click()
    walk.look("as a table")
    page.goto(f"/runs/{bench.last_run()['id']}/")
    expect(bench.says).to_contain_text("Replay of a run")
    walk.look("a replay")
    assert walk.seen == list(STATES_OF_A_RUN)
    assert walk.wrong == []


def test_what_lies_around_runs(tab: Tab) -> None:
    page, walk = tab.page, Walk(tab.page)
    first, second = run_and_stop(page), run_and_stop(page)
    page.goto(f"/labs/{LAB}/solution/")
    walk.look("/labs/{slug}/solution/")
    tab.forgive("403")
    page.get_by_role("button", name="Give up and see it").click()
    expect(page.get_by_role("heading", name="One solution")).to_be_visible()
    walk.look("given up")
    for name in AROUND_RUNS[:4]:
        page.goto(name.replace("{run}", first, 1).replace("{run}", second))
        walk.look(name)
    assert sorted(walk.seen) == sorted(AROUND_RUNS)
    assert walk.wrong == []


def test_a_quiz_from_its_start_to_its_result(tab: Tab) -> None:
    page, walk = tab.page, Walk(tab.page)
    page.goto(QUIZ)
    walk.look("/quizzes/{slug}/")
    page.get_by_role("button", name="Start the quiz").click()
    first = page.locator("#q1")
    expect(first).to_be_visible()
    walk.look("unanswered")
    first.get_by_role("button", name=re.compile("Show (a|the) hint")).click()
    expect(page.locator(".onehint")).to_be_visible()
    walk.look("a hint")
    first.get_by_text(DEAD_CHILD).click()
    first.get_by_role("button", name="Check answer").click()
    expect(first.locator("[data-verdict]")).to_contain_text("Right.")
    walk.look("answered")
    page.get_by_role("link", name="Next question").click()
    page.get_by_label("Your answer").fill("STARTED")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#q2 [data-verdict]")).to_contain_text("Not right.")
    walk.look("wrong")
    page.get_by_role("button", name=re.compile("Hand in with")).click()
    expect(page.locator("#result")).to_be_visible()
    walk.look("result")
    page.goto(QUIZ)
    walk.look("earlier attempts")
    answer_dead_child(page)
    expect(dead_child(page).locator("[data-verdict]")).to_be_visible()
    walk.look("quick check")
    assert sorted(walk.seen) == sorted(STATES_OF_A_QUIZ)
    assert walk.wrong == []


def test_the_doors_of_an_account(tab: Tab) -> None:
    walk = Walk(tab.page)
    for address in FOR_ALL:
        walk.open(address)
    assert walk.seen == list(FOR_ALL)
    assert walk.wrong == []


def test_the_pages_of_those_who_have_an_account(tab: Tab) -> None:
    walk = Walk(tab.page)
    sign_up(tab.page)
    for address in FOR_USERS:
        walk.open(address)
    assert walk.seen == list(FOR_USERS)
    assert walk.wrong == []


def test_the_page_of_a_note_an_empty_search_and_what_is_not_there(tab: Tab) -> None:
    walk = Walk(tab.page)
    for address in REST:
        tab.page.goto(address.replace("{slug}", LESSON.split("/")[2]))
        walk.look(address)
    tab.forgive("404")
    assert walk.seen == list(REST)
    assert walk.wrong == []

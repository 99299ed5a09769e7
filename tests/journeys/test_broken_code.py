"""What the bench says to a learner whose code cannot run, or never ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.conftest import Tab
from tests.journeys.bench import BENCH, LAB, RUN_WITHIN, Bench
from tests.product import BASE, Product

pytestmark = [pytest.mark.browser, pytest.mark.jail]
STARTER = (BASE / "content" / "labs" / LAB / "tasks.py").read_text()
NEVER_ENDS = STARTER.replace("    shop.", "    while order_id:\n        pass\n    shop.")


@pytest.fixture(autouse=True)
def ready(product: Product) -> None:
    product.wait_ready()


def run(tab: Tab, code: str) -> Bench:
    """Write `code` into tasks.py as a learner does, and press Ctrl+Enter there."""
    tab.page.goto(BENCH)
    bench = Bench(tab.page).ready()
    tab.page.get_by_role("tab", name="tasks.py").click()
    expect(tab.page.locator("#file-1")).to_have_class(re.compile("has-editor"))
    bench.file("tasks.py").press("Control+A")
    tab.page.keyboard.insert_text(code)
    tab.page.keyboard.press("Control+Enter")
    return bench


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (f"{STARTER}\ndef (:\n", f"tasks.py, line {len(STARTER.splitlines()) + 2}: invalid syntax."),
        (f"import nosuchmodule\n{STARTER}", "tasks.py, line 1: ModuleNotFoundError: No module named 'nosuchmodule'"),
    ],
    ids=["a syntax error", "an unknown import"],
)
def test_code_that_cannot_start_is_told_by_file_and_line(tab: Tab, code: str, sentence: str) -> None:
    bench = run(tab, code)
    expect(bench.outcome).to_contain_text("Stopped by an error", timeout=RUN_WITHIN)
    expect(bench.reason).to_contain_text(sentence)
    assert bench.last_run()["outcome"] == "error"
    expect(bench.button("Run")).to_be_enabled()
    expect(tab.page.locator("#checks")).to_contain_text("not tested")


def test_tasks_that_never_end_are_cut_off_and_the_checks_say_what_was_missing(tab: Tab) -> None:
    bench = run(tab, NEVER_ENDS)
    bench.wait_for_checks()
    assert bench.last_run()["outcome"] == "failed_checks"
    expect(bench.outcome).to_contain_text("Ended; not all checks are met")
    expect(tab.page.locator("#checks")).to_contain_text("Observed")
    bench.button("Table").click()
    expect(bench.row("not finished when the run ended").first).to_be_visible()

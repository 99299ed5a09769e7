"""The bench as a visitor finds it: what it says, its table and its log. Reading only; the journeys press the
buttons.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

LAB = "acks-and-crashes"
LESSON = f"/lessons/{LAB}/"
BENCH = f"/labs/{LAB}/"
RUN_WITHIN = 150_000  # ms; a run of this lab takes 7 to 10 s on an idle machine


class Bench:
    """The panes of one page with a bench, of a lab or of one run."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.says: Locator = page.locator("#conn")
        self.rows: Locator = page.locator("#rows tr:not([hidden])")
        self.log: Locator = page.locator("#log li:not([hidden])")
        self.outcome: Locator = page.locator("#outcome-words")
        self.reason: Locator = page.locator("#outcome-reason")
        self.passed: Locator = page.locator("#passed")
        self.checks: Locator = page.locator("#checks > li")

    def ready(self) -> Bench:
        """Wait until its script has taken the page over."""
        expect(self.says).not_to_be_empty()
        return self

    def row(self, *words: str) -> Locator:
        """Rows of the table of executions that hold all of these words."""
        found = self.rows
        for word in words:
            found = found.filter(has_text=word)
        return found

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def file(self, name: str) -> Locator:
        """The editor of a file, which has to be the open tab."""
        return self.page.get_by_role("textbox", name=name, exact=True)

    def wait_for_checks(self) -> None:
        """Until the run has ended and every check has a verdict."""
        expect(self.passed).to_have_text(re.compile(r"^\d of \d|^\d / \d"), timeout=RUN_WITHIN)

    def written(self) -> list[str]:
        """The table as text, a string a row."""
        expect(self.rows.first).to_be_visible()
        return [re.sub(r"\s+", " ", row) for row in self.rows.all_inner_texts()]

    def heard(self) -> list[int]:
        """The numbers of the events in the log, shown or filtered out, in the order of the page."""
        numbers = self.page.locator("#log li").evaluate_all(
            "lines => lines.map((line) => Number(line.dataset.seq))"
        )
        return [int(number) for number in numbers]

    def last_run(self) -> dict[str, Any]:
        """What the API says of this visitor's newest run of the bench."""
        run = self.page.evaluate("bench.run.id")
        return dict(self.page.request.get(f"/api/runs/{run}/").json())

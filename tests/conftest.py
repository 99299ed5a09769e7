"""Fixtures of the journeys: the product, booted once, and visitors who use it in the session's browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.product import Product


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    with Product() as running:
        running.wait_ready(within=180)  # on a busy machine the address is said before the web server responds
        yield running


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    return chromium


class Tab:
    """A page that remembers what went wrong on it: console errors, script errors, failed requests."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))

    def forgive(self, words: str) -> None:
        """Errors with these words were provoked on purpose."""
        self.wrong = [line for line in self.wrong if words not in line]


Visit = Callable[..., Tab]
PATIENCE = 60_000
"""Milliseconds that a step in the browser may take: enough beside other programs, too."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def visit(browser: Browser, product: Product) -> Iterator[Visit]:
    """Opens visitors, each with cookies of their own; takes what a browser context takes. The test fails on a
    logged error.
    """
    opened: list[Tab] = []

    def one_more(width: int = 1440, height: int = 900, **options: Any) -> Tab:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, base_url=product.address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        opened.append(Tab(context))
        return opened[-1]

    yield one_more
    for tab in opened:
        tab.context.close()
    assert [line for tab in opened for line in tab.wrong] == []


@pytest.fixture
def tab(visit: Visit) -> Tab:
    """A new visitor at 1440 x 900."""
    return visit()


@pytest.fixture
def phone(visit: Visit) -> Tab:
    """A new visitor at 390 x 844."""
    return visit(390, 844, has_touch=True)

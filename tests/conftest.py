"""Fixtures of the journeys: the product booted once, and a browser to use it with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.product import Product

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    with Product() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: the journeys need Chromium (make browser)"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


class Tab:
    """A page that remembers what went wrong on it: console errors, script errors, failed requests."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))


@pytest.fixture
def tab(browser: Browser, product: Product) -> Iterator[Tab]:
    """A new visitor at 1440 x 900; the test fails when the page logged an error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=product.address)
    context.set_default_timeout(15_000)
    opened = Tab(context)
    yield opened
    context.close()
    assert opened.wrong == []


@pytest.fixture
def phone(browser: Browser, product: Product) -> Iterator[Tab]:
    """A new visitor at 390 x 844."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=product.address, has_touch=True)
    context.set_default_timeout(15_000)
    opened = Tab(context)
    yield opened
    context.close()
    assert opened.wrong == []

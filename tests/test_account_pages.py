"""The account pages in a browser: in both themes, with a script and without one."""

from __future__ import annotations

import re
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Tab
from tests.product import Product

pytestmark = pytest.mark.browser

PASSWORD = "a long and odd phrase"
FOR_ALL = (
    "login/",
    "signup/",
    "password/reset/",
    "password/reset/done/",
    "confirm-email/",
    "confirm-email/abc/",
    "",
)
FOR_USERS = ("", "tokens/", "email/", "password/change/", "sessions/", "delete/", "logout/")


def sign_up(page: Page) -> str:
    email = f"ada-{uuid.uuid4().hex[:8]}@example.org"
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/")
    return email


def violations(page: Page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # no colour in between
        for wrong in Axe().run(page).response["violations"]:
            found.append(f"{page.url} {scheme} {wrong['id']}: {wrong['nodes'][0]['target']}")
    return found


def test_the_account_pages_have_no_accessibility_violation(tab: Tab) -> None:
    found, page = [], tab.page
    for path in FOR_ALL:
        page.goto(f"/accounts/{path}")
        found += violations(page)
    sign_up(page)
    for path in FOR_USERS:
        page.goto(f"/accounts/{path}")
        found += violations(page)
    assert found == []


def test_an_error_is_announced_at_its_field(tab: Tab) -> None:
    page = tab.page
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("The password again").fill("short")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.org")
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(re.compile("too short"))
    assert violations(page) == []


def test_one_signs_up_logs_out_and_in_without_a_script(browser: Browser, product: Product) -> None:
    context = browser.new_context(base_url=product.address, java_script_enabled=False)
    page = context.new_page()
    email = sign_up(page)
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    page.goto("/accounts/login/?next=/accounts/tokens/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="API tokens", level=1)).to_be_visible()
    page.get_by_label("What is it for?").fill("laptop")
    page.get_by_role("button", name="Make a token").click()
    expect(page.locator("#secret")).to_have_text(re.compile(r"bb_[\w-]{43}"))
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    context.close()

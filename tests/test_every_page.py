"""Every page as people meet it: both themes, wide and narrow, no violation, no sideways scroll, no error in
the console.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.product import BASE, Product, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.jail, pytest.mark.timeout(600)]
LESSONS = [path.stem.partition("-")[2] for path in sorted((BASE / "content" / "lessons").glob("*.md"))]
SITE = [
    "/",
    "/labs/",
    "/runs/",
    "/glossary/",
    "/search/?q=acknowledgement",
    "/progress/",
    "/what-is-real/",
    "/quizzes/",
    "/api/docs",
]
PAGES = [
    *SITE,
    *(f"/lessons/{slug}/" for slug in LESSONS),
    *(f"/quizzes/{slug}/" for slug in LESSONS),
    *(f"/labs/{slug}/" for slug in LESSONS),
]
STUDIO = ["/studio/", "/studio/notes/", "/studio/guide/", "/studio/health/"]
LOG_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import User
role = User.Role.INSTRUCTOR
user = User.objects.create_user("teacher@example.org", "a long sentence to remember", role=role)
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.save()
print("session", settings.SESSION_COOKIE_NAME, session.session_key)
"""
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}


def look(page: Page, path: str, scheme: str) -> list[str]:
    """Open the page; what is wrong with it."""
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(f"script: {e}"))
    answer = page.goto(path)
    if answer is None or answer.status != 200:
        wrong.append(f"status {answer and answer.status}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        wrong.append("scrolls sideways")
    wrong += [f"axe {v['id']}: {v['nodes'][0]['target']}" for v in Axe().run(page).response["violations"]]
    return [f"{path} {scheme} {page.viewport_size}: {what}" for what in wrong]


@pytest.fixture(scope="module")
def finished(product: Product) -> str:
    """The address of a run that has ended."""
    product.wait_ready()
    visitor = Visitor(product)
    return str(visitor.wait_for(visitor.start("acks-and-crashes"), "ended")["url"])


@pytest.fixture(scope="module")
def teacher(product: Product) -> dict[str, str]:
    """The cookie of an instructor who has logged in."""
    command = [sys.executable, str(BASE / "manage.py"), "shell", "-v", "0", "-c", LOG_IN]
    said = subprocess.run(command, env=product.environment, capture_output=True, text=True, check=True).stdout
    _, name, value = said.split()
    return {"name": name, "value": value, "url": product.address}


def test_there_is_a_lesson_a_quiz_and_a_lab_to_look_at() -> None:
    assert len(LESSONS) >= 4
    assert all((Path(BASE) / "content" / "quizzes" / f"{slug}.md").exists() for slug in LESSONS)


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_violation_an_error_or_a_sideways_scroll(
    browser: Browser, product: Product, finished: str, teacher: dict[str, str], scheme: str, size: str
) -> None:
    width, height = WIDTHS[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        base_url=product.address,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    found = []
    for path in [*PAGES, finished, *STUDIO]:
        if path == STUDIO[0]:
            context.add_cookies([teacher])  # type: ignore[list-item]
        page = context.new_page()
        found += look(page, path, scheme)
        page.close()
    context.close()
    assert found == []


@pytest.mark.parametrize("width", [360, 1600])
def test_no_page_scrolls_sideways_at_the_narrowest_and_the_widest(
    browser: Browser, product: Product, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=product.address)
    page = context.new_page()
    wide = []
    for path in PAGES:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wide.append(path)
    context.close()
    assert wide == []

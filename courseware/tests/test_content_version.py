"""The content's version: whatever changes a page that all visitors share must renew it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authoring.content_version import current_version, renew_version
from courseware import quiz_changes
from courseware.tests import small_course

pytestmark = [pytest.mark.django_db, pytest.mark.db]

DOORS = {
    "courseware_module": ("course.toml", 'title = "Begin"', 'title = "Beginning"'),
    "courseware_lesson": ("lessons/02-second.md", "Text of the second", "Other words"),
    "courseware_glossaryterm": ("glossary.md", "Holds what waits", "Holds messages"),
    "quizzes_quiz": ("quizzes/first.md", 'title = "The first"', 'title = "The very first"'),
    "quizzes_quizrevision": ("quizzes/first.md", 'title = "The first"', 'title = "The very first"'),
    "quizzes_placement": ("quizzes/first.md", "What caused the second start?", "Why twice?"),
    "quizzes_questionrevision": ("quizzes/first.md", "What caused the second start?", "Why twice?"),
    "labs_lab": ("labs/first/README.md", "Kill a worker", "Stop a worker"),
    "labs_labrevision": ("labs/first/checks.py", "The task starts twice", "The task starts two times"),
}
"""Each table that kept pages show, and a change of the content that changes a row of it."""
PAGES = ["/", "/lessons/first/", "/lessons/second/", "/glossary/", "/quizzes/", "/quizzes/first/"]


def rows(table: str) -> set[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return set(cursor.fetchall())


def test_there_is_no_version_before_anything_is_published() -> None:
    assert current_version() == ""


def test_no_version_comes_twice() -> None:
    seen = set()
    for _ in range(3):
        renew_version()
        seen.add(current_version())
    assert len(seen) == 3


def test_a_rollback_takes_the_version_back() -> None:
    renew_version()
    before = current_version()
    with transaction.atomic():
        renew_version()
        transaction.set_rollback(True)
    assert current_version() == before


def test_the_list_of_tables_is_what_visitors_pages_read() -> None:
    small_course.load(small_course.CONTENT)
    read = set()
    for page in PAGES:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert Client().get(page).status_code == 200
        read |= {table for query in asked for table in re.findall(r'(?:FROM|JOIN) "?(\w+)', query["sql"])}
    assert read - {"authoring_contentversion"} == set(DOORS)


@pytest.mark.parametrize("table", DOORS)
def test_a_change_through_the_loader_renews_the_version_and_shows(table: str, tmp_path: Path) -> None:
    small_course.load(small_course.CONTENT)
    before, saved = current_version(), rows(table)
    folder = small_course.copy_to(tmp_path)
    file, old, new = DOORS[table]
    assert old in (folder / file).read_text()
    (folder / file).write_text((folder / file).read_text().replace(old, new))
    small_course.load(folder)
    assert rows(table) != saved
    assert current_version() != before


def test_a_quiz_that_changes_elsewhere_renews_the_version() -> None:
    small_course.load(small_course.CONTENT)
    before = current_version()
    quiz_changes.follow_quiz(slug="first")
    assert current_version() != before


@pytest.mark.parametrize("page", PAGES)
def test_a_kept_page_is_new_after_the_version_was_renewed(page: str, settings) -> None:
    settings.DEBUG = False
    small_course.load(small_course.CONTENT)
    Client().get(page)
    with CaptureQueriesContext(connection) as kept:
        Client().get(page)
    renew_version()
    with CaptureQueriesContext(connection) as anew:
        Client().get(page)
    assert len(kept) == 1
    assert len(anew) > 1

"""Lessons that are planned, among the results of a search."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from courseware.models import SearchDocument
from courseware.search import index
from courseware.search.documents import Document, Passage
from courseware.tests import small_course
from courseware.tests.test_search import hits, pelicans

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def test_a_planned_lesson_is_named_as_planned_and_leads_nowhere(client: Client) -> None:
    small_course.load(small_course.CONTENT)
    hit = hits("third")[-1]
    assert (hit.kind, hit.title, hit.url) == ("planned", "Begin: The third", "")
    page = client.get("/search/", {"q": "third"}).content.decode()
    assert "Planned lesson</p>" in page
    assert "<h2>Begin: The third</h2>" in page
    assert 'href=""' not in page


def test_a_planned_lesson_is_found_by_the_words_of_its_slug_until_it_is_planned_no_more(
    tmp_path: Path,
) -> None:
    folder = small_course.copy_to(tmp_path)
    course = folder / "course.toml"
    planned = '{ slug = "poison-and-dead-letters", title = "Messages that kill" }'
    course.write_text(course.read_text().replace("planned = [", f"planned = [{planned}, "))
    small_course.load(folder)
    assert [hit.title for hit in hits("dead letter")] == ["Begin: Messages that kill"]
    course.write_text(course.read_text().replace(f"{planned}, ", ""))
    small_course.load(folder)
    assert not hits("dead letter")


def test_what_can_be_read_comes_before_what_is_planned() -> None:
    passage = Passage.of("A pelican", "", "pelican pelican")
    index.put([Document(SearchDocument.Kind.PLANNED, "planned", (passage,)), *pelicans("one", "two")])
    assert [hit.url for hit in hits("pelican")] == ["/labs/one/", "/labs/two/", ""]
    assert [hit.url for hit in hits("pelican", limit=2)] == ["/labs/one/", "/labs/two/"]


def test_what_is_idempotent_is_found_as_safe_to_repeat() -> None:
    index.put(pelicans("one", text="an idempotent charge"))
    assert [hit.url for hit in hits("safe to repeat")] == ["/labs/one/"]

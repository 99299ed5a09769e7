from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courseware.models import SearchEntry
from courseware.rooms import LabFacts
from courseware.search import LONGEST_QUERY, MOST_HITS, MOST_WORDS, rebuild, search, words
from courseware.tests import small_course

pytestmark = [pytest.mark.django_db, pytest.mark.db]


@pytest.fixture
def course() -> None:
    small_course.load(small_course.CONTENT)


@pytest.mark.usefixtures("course")
def test_a_lesson_is_found_by_its_section() -> None:
    hit = search("visibility timeout")[0]
    assert (hit.kind, hit.title, hit.url) == (
        "lesson",
        "The first: What happens",
        "/lessons/first/#what-happens",
    )
    assert [text for text, marked in hit.snippet if marked] == ["visibility", "timeout"]


@pytest.mark.usefixtures("course")
def test_terms_questions_and_labs_are_found_too() -> None:
    assert search("holds what waits")[0].kind == "term"
    assert search("worker and watch")[0].url == "/labs/first/"
    assert search("caused the second start")[0].url == "/quizzes/first/"


@pytest.mark.usefixtures("course")
def test_an_unfinished_word_and_another_ending_are_found() -> None:
    assert search("visib")[0].url == "/lessons/first/#what-happens"
    assert search("waiting")[0].title == "broker"


@pytest.mark.usefixtures("course")
def test_some_words_are_enough_when_no_passage_has_all() -> None:
    assert search("visibility elephant")[0].url == "/lessons/first/#what-happens"


@pytest.mark.usefixtures("course")
def test_nothing_is_found_for_nothing() -> None:
    assert search("") == search("  --- ") == search("elephant") == []


@pytest.mark.usefixtures("course")
def test_no_mark_up_of_the_content_reaches_a_snippet() -> None:
    SearchEntry.objects.all().delete()
    rebuild([], [])
    SearchEntry.objects.filter(kind="term").update(text="<b>x</b> \x02evil\x03 queue")
    rebuild([], [])
    pieces = [piece for hit in search("broker") for piece in hit.snippet]
    assert pieces != []
    assert all("\x02" not in text and "\x03" not in text for text, _ in pieces)


def test_a_query_is_bounded() -> None:
    assert len(words("word " * 1000)) == MOST_WORDS
    assert len("".join(words("a" * 100_000))) == LONGEST_QUERY


def test_the_number_of_hits_is_bounded() -> None:
    rebuild([], [LabFacts(f"lab-{number}", "A pelican", "", "") for number in range(MOST_HITS + 20)])
    assert len(search("pelican", limit=-5)) == 1
    assert len(search("pelican", limit=10_000)) == MOST_HITS


@pytest.mark.usefixtures("course")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    '"',
                    "'",
                    "*",
                    "(",
                    ")",
                    "NEAR",
                    "AND",
                    "OR",
                    "NOT",
                    ":",
                    "^",
                    "-",
                    "{",
                    "}",
                    "&",
                    "|",
                    "!",
                    "<->",
                    "\\",
                    "a",
                    "%s",
                    "\0",
                ]
            ),
            max_size=12,
        ).map(" ".join),
    )
)
def test_no_query_can_break_the_syntax(query: str) -> None:
    assert all(hit.url for hit in search(query))

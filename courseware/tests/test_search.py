from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courseware.models import Lesson, SearchDocument, SearchEntry, SearchWord
from courseware.search import index
from courseware.search.documents import Document, Passage
from courseware.search.query import LONGEST_QUERY, MOST_HITS, MOST_WORDS, Hit, find, words
from courseware.search.spelling import correction, distance
from courseware.search.synonyms import alternatives, groups
from courseware.tests import small_course

pytestmark = [pytest.mark.django_db, pytest.mark.db]


def hits(query: str, limit: int = 20) -> list[Hit]:
    return find(query, limit).hits


@pytest.fixture
def course() -> None:
    small_course.load(small_course.CONTENT)


@pytest.mark.usefixtures("course")
def test_a_lesson_is_found_by_its_section() -> None:
    hit = hits("visibility timeout")[0]
    assert (hit.kind, hit.title, hit.url) == (
        "lesson",
        "The first: What happens",
        "/lessons/first/#what-happens",
    )
    assert [text for text, marked in hit.snippet if marked] == ["visibility", "timeout"]


@pytest.mark.usefixtures("course")
def test_terms_questions_and_labs_are_found_too() -> None:
    assert hits("holds what waits")[0].kind == "term"
    assert hits("worker and watch")[0].url == "/labs/first/"
    assert hits("caused the second start")[0].url == "/quizzes/first/"


def test_no_title_with_the_same_address_is_listed_twice(client: Client) -> None:
    stems = [f"Why does the pelican wait for fish number {n}?" for n in range(1, 5)]
    quiz = tuple(Passage.of("Acks and crashes", "/quizzes/acks/", stem) for stem in stems)
    lesson = (Passage.of("Acks and crashes", "/lessons/acks/", "A pelican acknowledges a fish."),)
    for kind, passages in ((SearchDocument.Kind.QUESTION, quiz), (SearchDocument.Kind.LESSON, lesson)):
        index.put([Document(kind, "acks", passages)])
    listed = hits("pelican")
    assert sorted(hit.url for hit in listed) == ["/lessons/acks/", "/quizzes/acks/"]
    found = next(hit for hit in listed if hit.kind == "question")
    read = ["".join(text for text, _ in snippet) for snippet in (found.snippet, *found.more)]
    assert len(read) == len(stems)
    assert all("pelican wait for fish number" in text for text in read)  # databases cut snippets differently
    page = client.get("/search/", {"q": "pelican"}).content.decode()
    assert page.count('<a href="/quizzes/acks/">Acks and crashes</a>') == 1
    assert "2 places" in page
    assert "and 1 more passage there" in page


@pytest.mark.usefixtures("course")
def test_an_unfinished_word_and_another_ending_are_found() -> None:
    assert hits("visib")[0].url == "/lessons/first/#what-happens"
    assert hits("waiting")[0].title == "broker"


@pytest.mark.usefixtures("course")
def test_some_words_are_enough_when_no_passage_has_all() -> None:
    assert hits("visibility elephant")[0].url == "/lessons/first/#what-happens"


@pytest.mark.usefixtures("course")
def test_nothing_is_found_for_nothing() -> None:
    assert hits("") == hits("  --- ") == hits("elephant") == []


def pelicans(*slugs: str, text: str = "") -> list[Document]:
    return [
        Document(SearchDocument.Kind.LAB, slug, (Passage.of("A pelican", f"/labs/{slug}/", text),))
        for slug in slugs
    ]


def rows() -> dict[int, str]:
    return dict(SearchEntry.objects.values_list("pk", "text"))


def test_the_marks_of_a_snippet_cannot_come_from_the_content() -> None:
    index.put(pelicans("one", text="a \x02evil\x03 queue"))
    pieces = hits("pelican")[0].snippet
    assert [matched for text, matched in pieces if "evil" in text] == [False]
    assert not any(mark in text for text, _ in pieces for mark in "\x02\x03")


@pytest.mark.usefixtures("course")
def test_loading_the_same_again_writes_no_entry() -> None:
    before = rows()
    small_course.load(small_course.CONTENT)
    assert len(before) > 5
    assert rows() == before


@pytest.mark.usefixtures("course")
def test_a_changed_lesson_changes_only_its_own_entries(tmp_path: Path) -> None:
    before = rows()
    folder = small_course.copy_to(tmp_path)
    lesson = folder / "lessons/02-second.md"
    lesson.write_text(lesson.read_text().replace("Text of the second", "Words on elephants"))
    small_course.load(folder)
    after = rows()
    assert [text for pk, text in before.items() if pk not in after] == [
        "A lesson without a quiz. Text of the second, with the lab."
    ]
    assert hits("elephants")[0].url == "/lessons/second/"
    assert not hits("text")


def test_removing_a_document_removes_its_entries_and_no_others() -> None:
    index.put(pelicans("one", "two"))
    index.remove(SearchDocument.Kind.LAB, "one")
    index.remove(SearchDocument.Kind.LAB, "never there")
    assert [hit.url for hit in hits("pelican")] == ["/labs/two/"]


@pytest.mark.usefixtures("course")
def test_what_is_unpublished_leaves_the_index() -> None:
    Lesson.objects.filter(slug="first").update(is_published=False)
    index.remove_unpublished()
    assert not hits("visibility timeout")
    assert hits("text of the second")[0].url == "/lessons/second/"


@pytest.mark.parametrize("typed", ["visibilty", "visibiltiy", "visibbility", "vsibility", "visibilitx"])
@pytest.mark.usefixtures("course")
def test_a_mistyped_word_finds_what_was_meant(typed: str) -> None:
    found = find(f"{typed} timeout")
    assert found.hits[0].url == "/lessons/first/#what-happens"
    assert found.corrected == "visibility timeout"


@pytest.mark.usefixtures("course")
def test_a_query_that_finds_something_is_not_corrected() -> None:
    assert find("visibility").corrected == find("visib").corrected == ""


@pytest.mark.usefixtures("course")
def test_a_word_that_is_like_no_other_and_a_short_word_are_not_corrected() -> None:
    assert correction("elephant") is None
    assert correction("waz") is None
    assert correction("v" * 200) is None


def test_of_two_words_equally_near_the_one_in_more_documents_is_meant() -> None:
    index.put(pelicans("one", text="a lease") + pelicans("two", "three", text="a least"))
    assert correction("leasr") == "least"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("double charge", "a double change of hands"),
        ("rate limit", "the limit of a race"),
        ("rates", "several races"),
        ("moat", "a boat"),  # in no list: m and b are no neighbours
    ],
)
def test_a_word_is_not_corrected_into_another_word(typed: str, written: str) -> None:
    index.put(pelicans("one", text=written))
    found = find(typed)
    assert found.corrected == ""
    assert [hit.url for hit in found.hits] == (["/labs/one/"] if " " in typed else [])


def test_a_slip_to_the_next_key_of_a_short_word_is_corrected() -> None:
    index.put(pelicans("one", text="a lease and its queue"))
    assert [correction(typed) for typed in ("leasw", "lesae", "leas", "qieue")] == [*["lease"] * 3, "queue"]


def test_the_words_of_a_document_go_with_it_and_change_with_it() -> None:
    index.put(pelicans("one", text="an elephant"))
    index.put(pelicans("one", text="a crocodile"))
    assert set(SearchWord.objects.values_list("word", flat=True)) == {"pelican", "crocodile"}
    index.remove(SearchDocument.Kind.LAB, "one")
    assert not SearchWord.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [
        ("ab", "ab", 0),
        ("redelivry", "redelivery", 1),
        ("brokre", "broker", 1),
        ("", "abc", 3),
        ("ca", "abc", 3),
    ],
)
def test_a_swap_of_neighbours_is_one_change(one: str, other: str, changes: int) -> None:
    assert distance(one, other) == distance(other, one) == changes


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("idempotent", "idempotency of a charge"),
        ("idempotency", "an idempotent charge"),
        ("dead letter", "it goes to the DLQ"),
        ("poison", "the dead letter queue"),
        ("dlq", "a dead letter"),
        ("ack", "the acknowledgement is late"),
        ("late ack", "the acknowledgement is late"),
        ("idempotnet", "idempotency of a charge"),
    ],
)
def test_a_synonym_finds_what_is_called_otherwise(typed: str, written: str) -> None:
    index.put(pelicans("one", text="an idempotent retry") if typed == "idempotnet" else [])
    index.put(pelicans("two", text=written) + pelicans("three", text="neither of them"))
    assert "/labs/two/" in [hit.url for hit in hits(typed)]
    assert "/labs/three/" not in [hit.url for hit in hits(typed)]


def test_what_is_called_as_typed_comes_before_its_synonyms() -> None:
    index.put(pelicans("one", text="poison " * 9) + pelicans("two", text="one dead letter among other words"))
    assert [hit.url for hit in hits("dead letter")] == ["/labs/two/", "/labs/one/"]


def test_no_phrase_is_in_two_groups_of_synonyms() -> None:
    assert all(
        len(set(others)) == len(others) and phrase not in others for phrase, others in groups().items()
    )
    phrases = [
        phrase for phrase, others in groups().items() for other in others if phrase not in groups()[other]
    ]
    assert phrases == []


def test_a_query_is_cut_into_the_longest_known_phrases() -> None:
    cut = alternatives(["my", "dead", "letter", "queue", "ack"])
    assert [term[0] for term in cut] == [("my",), ("dead", "letter", "queue"), ("ack",)]
    assert ("dlq",) in cut[1]


def test_a_query_is_bounded() -> None:
    assert len(words("word " * 1000)) == MOST_WORDS
    assert len("".join(words("a" * 100_000))) == LONGEST_QUERY


def test_the_number_of_hits_is_bounded() -> None:
    index.put(pelicans(*(f"lab-{number}" for number in range(MOST_HITS + 20))))
    assert len(hits("pelican", limit=-5)) == 1
    assert len(hits("pelican", limit=10_000)) == MOST_HITS


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
    assert all(hit.url or hit.kind == "planned" for hit in hits(query))

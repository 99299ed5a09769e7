"""Reports and questions on passages: from the form to the list for those who write the course."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts.tests.people import client_of, make_guest, make_instructor, make_learner, make_staff
from courseware.models import PassageNote
from courseware.tests.pages import make_lesson

pytestmark = pytest.mark.django_db


def note(**overrides: str) -> dict[str, str]:
    return {
        "kind": "question",
        "section": "how",
        "quote": "So.",
        "body": "Why?",
        "submission": str(uuid.uuid4()),
        **overrides,
    }


def test_a_guest_can_ask_and_lands_at_the_section(client: Client) -> None:
    make_lesson(slug="one")
    answer = client.post("/lessons/one/note/", note())
    assert answer["Location"] == "/lessons/one/#how"
    assert PassageNote.objects.get().learner.is_guest
    assert "Your note is with the people" in client.get("/lessons/one/").content.decode()


def test_a_double_click_is_one_note(client: Client) -> None:
    make_lesson(slug="one")
    sent = note()
    client.post("/lessons/one/note/", sent)
    client.post("/lessons/one/note/", sent)
    assert PassageNote.objects.count() == 1


def test_the_form_is_filled_in_from_the_selected_passage(client: Client) -> None:
    make_lesson(slug="one")
    page = client.get(
        "/lessons/one/note/", {"section": "how", "quote": "</textarea><script>"}
    ).content.decode()
    assert '<option value="how" selected>' in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("body", "", "Write what you want to ask or report."),
        ("body", "x" * 4001, "at most 4000 characters"),
        ("quote", "x" * 1001, "at most 1000 characters"),
        ("kind", "praise", "Select a valid choice"),
        ("section", "elsewhere", "Select a valid choice"),
    ],
)
def test_a_note_that_cannot_be_kept_says_why_and_keeps_what_was_typed(
    client: Client, field: str, value: str, says: str
) -> None:
    make_lesson(slug="one")
    answer = client.post(
        "/lessons/one/note/", note(**{field: value, "quote": value if field == "quote" else "my words"})
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert field == "quote" or "my words" in page
    assert not PassageNote.objects.exists()


def test_a_damaged_form_says_so(client: Client) -> None:
    make_lesson(slug="one")
    page = client.post("/lessons/one/note/", note(submission="nonsense")).content.decode()
    assert "The form arrived damaged" in page


def test_learners_may_not_read_the_notes() -> None:
    assert client_of(make_learner()).get("/studio/notes/").status_code == 403
    for nobody in (None, make_guest()):
        assert client_of(nobody).get("/studio/notes/").status_code == 302


@pytest.mark.parametrize("make", [make_instructor, make_staff])
def test_instructors_and_staff_read_and_handle_notes(make) -> None:
    lesson = make_lesson(slug="one")
    client_of(make_learner()).post("/lessons/one/note/", note(body="<b>Is this so?</b>"))
    lesson.content_hash = "b" * 64
    lesson.save()
    client = client_of(make())
    page = client.get("/studio/notes/").content.decode()
    assert "&lt;b&gt;Is this so?&lt;/b&gt;" in page
    assert "the lesson has changed since" in page
    pk = PassageNote.objects.get().pk
    client.post(f"/studio/notes/{pk}/handled/")
    assert "Is this so?" not in client.get("/studio/notes/").content.decode()
    assert "Is this so?" in client.get("/studio/notes/?all=1").content.decode()


def test_a_handled_note_can_be_opened_again() -> None:
    make_lesson(slug="one")
    client_of(make_learner()).post("/lessons/one/note/", note(body="Is this so?"))
    client, pk = client_of(make_instructor()), PassageNote.objects.get().pk
    client.post(f"/studio/notes/{pk}/handled/")
    assert f'action="/studio/notes/{pk}/reopened/"' in client.get("/studio/notes/?all=1").content.decode()
    client.post(f"/studio/notes/{pk}/reopened/")
    opened = PassageNote.objects.get()
    assert opened.handled_at is None
    assert opened.handled_by is None
    assert "Is this so?" in client.get("/studio/notes/").content.decode()
    assert client.get(f"/studio/notes/{pk}/reopened/").status_code == 405


def test_a_learner_may_not_open_a_note_again() -> None:
    make_lesson(slug="one")
    learner = client_of(make_learner())
    learner.post("/lessons/one/note/", note())
    pk = PassageNote.objects.get().pk
    client_of(make_instructor()).post(f"/studio/notes/{pk}/handled/")
    assert learner.post(f"/studio/notes/{pk}/reopened/").status_code == 403
    assert PassageNote.objects.get().handled_at is not None


def test_the_form_says_that_no_reply_is_sent(client: Client) -> None:
    make_lesson(slug="one")
    assert "Nobody can reply to you" in client.get("/lessons/one/note/").content.decode()


@pytest.mark.parametrize(("kind", "word"), [("question", "Question"), ("report", "Mistake")])
def test_a_note_is_headed_by_what_it_is(kind: str, word: str) -> None:
    make_lesson(slug="one")
    client_of(make_learner()).post("/lessons/one/note/", note(kind=kind))
    page = client_of(make_instructor()).get("/studio/notes/").content.decode()
    assert f"<b>{word}</b>" in page


def test_a_learner_may_not_handle_a_note() -> None:
    make_lesson(slug="one")
    learner = client_of(make_learner())
    learner.post("/lessons/one/note/", note())
    pk = PassageNote.objects.get().pk
    assert learner.post(f"/studio/notes/{pk}/handled/").status_code == 403
    assert PassageNote.objects.get().handled_at is None


def test_the_list_of_notes_costs_no_query_a_note(django_assert_max_num_queries) -> None:
    make_lesson(slug="one")
    for _ in range(12):
        client_of(make_learner()).post("/lessons/one/note/", note())
    client = client_of(make_staff())
    with django_assert_max_num_queries(6):
        client.get("/studio/notes/")

"""One question inside a lesson, with htmx and without a script."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.models import User
from quizzes.answering import quick_check
from quizzes.models import Answer, Attempt, QuestionRevision, Quiz
from quizzes.tests.conftest import KINDS

pytestmark = pytest.mark.db
HTMX = {"HX-Request": "true"}
URL = "/quizzes/every-kind/claim"
PREFIX = "check-every-kind-claim-"


def asked(learner: User | None = None, question: str = "claim") -> Any:
    request: HttpRequest = RequestFactory().get("/lessons/acks-and-crashes/")
    request.__dict__["learner"] = learner
    return quick_check.context(request, "every-kind", question)["q"]


def sent(pick: str = "1", number: int = 1, **more: str) -> dict[str, str]:
    revision = QuestionRevision.objects.current().get(question="claim")
    return {
        f"{PREFIX}pick": pick,
        f"{PREFIX}submission": str(uuid.uuid4()),
        "revision": revision.digest,
        "number": str(number),
        "back": "/lessons/acks-and-crashes/",
        **more,
    }


def test_a_reader_who_only_looks_leaves_no_row(quiz: Quiz) -> None:
    page = asked()
    assert page.state == "open"
    html = render_to_string("quizzes/quick_check.html", {"q": page})
    assert f'id="{PREFIX.rstrip("-")}"' in html
    assert 'name="back" value="/lessons/acks-and-crashes/"' in html
    assert not Attempt.objects.exists()
    assert not User.objects.exists()


def test_without_a_script_the_answer_leads_back_to_the_place_in_the_lesson(
    client: Client, quiz: Quiz
) -> None:
    answer = client.post(f"{URL}/answer/", sent())
    assert answer["Location"] == "/lessons/acks-and-crashes/#check-every-kind-claim"
    assert asked(User.objects.get()).outcome == "good"


def test_with_htmx_the_question_is_swapped_for_its_feedback(client: Client, quiz: Quiz) -> None:
    part = client.post(f"{URL}/answer/", sent("0"), headers=HTMX).content.decode()
    assert part.strip().startswith(("<section", "{#", "<!--")) or "<section" in part[:200]
    assert "<html" not in part
    assert "Not right." in part
    assert "EXPLAINED claim" in part


def test_a_double_click_is_one_answer_of_one_guest(client: Client, quiz: Quiz) -> None:
    body = sent()
    for _ in range(2):
        client.post(f"{URL}/answer/", body)
    assert Answer.objects.count() == Attempt.objects.count() == User.objects.count() == 1


def test_another_tab_s_answer_does_not_replace_the_first(client: Client, quiz: Quiz) -> None:
    client.post(f"{URL}/answer/", sent("1"))
    part = client.post(f"{URL}/answer/", sent("0"), headers=HTMX).content.decode()
    assert "The first answer stands." in part
    assert "Right." in part
    assert Answer.objects.get().response == [1]


def test_a_form_of_an_older_wording_is_not_graded_by_the_new_one(
    client: Client, load: Callable[..., Quiz]
) -> None:
    load()
    old_tab = sent("1")
    load(KINDS.replace("- [ ] True", "- [x] True").replace("- [x] False", "- [ ] False"))
    client.post(f"{URL}/hint/", sent())
    part = client.post(f"{URL}/answer/", old_tab, headers=HTMX).content.decode()
    assert "changed in the meantime" in part
    assert not Answer.objects.exists()


def test_a_form_without_its_id_is_asked_for_again_with_its_content(client: Client, quiz: Quiz) -> None:
    page = client.post("/quizzes/every-kind/number/answer/", {"check-every-kind-number-text": "12"})
    assert page.status_code == 400
    assert "arrived incomplete" in page.content.decode()
    assert 'value="12"' in page.content.decode()
    assert not Attempt.objects.exists()


def test_the_button_that_saves_a_draft_saves_none_inside_a_lesson(client: Client, quiz: Quiz) -> None:
    client.post(f"{URL}/answer/", sent("1", do="save"))
    assert Answer.objects.count() == 1


def test_asking_again_keeps_the_first_answer_on_record(client: Client, quiz: Quiz) -> None:
    client.post(f"{URL}/answer/", sent("0"))
    for _ in range(2):
        part = client.post(f"{URL}/again/", sent(), headers=HTMX).content.decode()
        assert "Check answer" in part
    assert 'name="number" value="2"' in part
    client.post(f"{URL}/answer/", sent("1", number=2))
    assert sorted(Answer.objects.values_list("response", flat=True)) == [[0], [1]]
    assert asked(User.objects.get()).outcome == "good"


def test_what_is_wrong_comes_back_with_a_sentence_and_what_was_typed(client: Client, quiz: Quiz) -> None:
    body = {
        "check-every-kind-number-text": "soon",
        "check-every-kind-number-submission": str(uuid.uuid4()),
        "back": "/lessons/x/",
    }
    for headers, status in (({}, 422), (HTMX, 200)):
        page = client.post("/quizzes/every-kind/number/answer/", body, headers=headers)
        assert page.status_code == status
        assert "“soon” isn&#x27;t a number" in page.content.decode()
        assert 'value="soon"' in page.content.decode()
        assert 'name="back" value="/lessons/x/"' in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_way_back_never_leaves_the_site(client: Client, quiz: Quiz, back: str) -> None:
    answer = client.post(f"{URL}/answer/", sent(back=back))
    assert answer["Location"].startswith("/#check")


def test_the_wording_that_was_shown_is_the_one_that_is_graded(
    client: Client, load: Callable[..., Quiz]
) -> None:
    load()
    body = sent("1")
    load(KINDS.replace("- [ ] True", "- [x] True").replace("- [x] False", "- [ ] False"))
    client.post(f"{URL}/answer/", body)
    assert Answer.objects.get().grade.score == 1  # type: ignore[union-attr]


def test_hints_are_given_one_by_one(client: Client, quiz: Quiz) -> None:
    url, prefix = "/quizzes/every-kind/one/hint/", "check-every-kind-one-"
    first = client.post(url, {f"{prefix}hints": "0"}, headers=HTMX).content.decode()
    assert "HINTED first" in first
    assert "HINTED second" not in first
    assert "HINTED second" in client.post(url, {f"{prefix}hints": "1"}, headers=HTMX).content.decode()


def test_a_hint_without_a_script_keeps_what_was_typed(client: Client, quiz: Quiz) -> None:
    page = client.post("/quizzes/every-kind/number/hint/", {"check-every-kind-number-text": "12"})
    assert "HINTED" in page.content.decode()
    assert 'value="12"' in page.content.decode()


def test_a_question_that_is_not_there_shows_nothing(quiz: Quiz) -> None:
    assert asked(question="nothing") is None
    assert render_to_string("quizzes/quick_check.html", {"q": None}).strip() == ""


def test_posting_to_a_question_that_is_not_there_is_not_found(client: Client, quiz: Quiz) -> None:
    assert client.post("/quizzes/every-kind/nothing/answer/", {}).status_code == 404


def test_many_checks_of_one_quiz_cost_three_queries(
    client: Client, quiz: Quiz, learner: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    client.force_login(learner)
    client.post(f"{URL}/answer/", sent())
    request = RequestFactory().get("/")
    request.__dict__["learner"] = learner
    with django_assert_num_queries(3):
        for question in ("one", "claim", "number", "order"):
            render_to_string("quizzes/quick_check.html", quick_check.context(request, "every-kind", question))


def test_nothing_is_written_without_a_token(quiz: Quiz) -> None:
    strict = Client(enforce_csrf_checks=True)
    for what in ("answer", "hint", "again", "mark"):
        assert strict.post(f"{URL}/{what}/", sent()).status_code in (302, 403)
    assert not Attempt.objects.exists()
    assert not User.objects.exists()

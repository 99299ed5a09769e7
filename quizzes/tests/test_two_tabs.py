"""Two pages with one question, without JavaScript: no button writes over the other page's text."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from quizzes.models import Answer, Attempt, Draft, Item, Quiz
from quizzes.tests.conftest import form, item_of

pytestmark = pytest.mark.db
FIRST, SECOND = "first tab", "second tab"


def url_of(item: Item, what: str = "answer") -> str:
    return f"{item.attempt.get_absolute_url()}{item.place}/{what}/"


def sent(item: Item, text: str, version: int, **more: Any) -> dict[str, Any]:
    """The form of a page that showed this version of the draft."""
    return form(item, {"text": [text]}, **{f"q{item.place}-version": str(version)}, **more)


def save(client: Client, item: Item, text: str, version: int) -> Any:
    return client.post(url_of(item), sent(item, text, version, do="save"))


def chosen(client: Client, item: Item, text: str, which: str, other: int) -> Any:
    """One of the two buttons of the choice, on a page that showed version 0 of the draft."""
    more = {f"q{item.place}-keep": which, f"q{item.place}-other": str(other)}
    return client.post(url_of(item), sent(item, text, 0, **more))


def kept() -> str:
    return Draft.objects.get().fields["text"][0]


@pytest.fixture
def word(attempt: Attempt) -> Item:
    return item_of(attempt, "word")


def test_a_form_carries_the_version_of_the_draft_that_it_shows(visitor: Client, word: Item) -> None:
    save(visitor, word, FIRST, 0)
    page = visitor.get(f"{word.attempt.get_absolute_url()}?q={word.place}").content.decode()
    assert f'name="q{word.place}-version" value="1"' in page


def test_save_in_a_second_tab_shows_both_texts_and_stores_neither_over_the_other(
    visitor: Client, word: Item
) -> None:
    assert save(visitor, word, FIRST, 0).status_code == 302
    page = save(visitor, word, SECOND, 0)
    text = page.content.decode()
    assert page.status_code == 409
    assert f'value="{FIRST}"' in text
    assert f'value="{SECOND}"' in text
    assert "Another tab changed this answer" in text
    assert kept() == FIRST
    assert save(visitor, word, SECOND, 0).status_code == 409, "a second Save is no choice"
    assert kept() == FIRST


def test_the_person_chooses_which_text_stays(visitor: Client, word: Item) -> None:
    save(visitor, word, FIRST, 0)
    assert chosen(visitor, word, SECOND, "theirs", 1).status_code == 302
    assert kept() == FIRST
    assert chosen(visitor, word, SECOND, "mine", 1).status_code == 302
    assert kept() == SECOND
    assert not Answer.objects.exists()


def test_a_choice_made_before_the_other_tab_saved_once_more_is_asked_for_again(
    visitor: Client, word: Item
) -> None:
    save(visitor, word, FIRST, 0)
    save(visitor, word, "first tab, more", 1)
    page = chosen(visitor, word, SECOND, "mine", 1)
    assert page.status_code == 409
    assert "first tab, more" in page.content.decode()
    assert kept() == "first tab, more"


def test_two_tabs_with_the_same_text_have_nothing_to_choose(visitor: Client, word: Item) -> None:
    save(visitor, word, FIRST, 0)
    assert save(visitor, word, FIRST, 0).status_code == 302


def test_a_hint_in_a_second_tab_is_shown_beside_both_texts(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "one")
    picked = {f"q{item.place}-version": "0"}
    visitor.post(url_of(item), form(item, {"pick": ["0"]}, do="save", **picked))
    page = visitor.post(url_of(item, "hint"), form(item, {"pick": ["1"]}, do="hint", **picked))
    assert page.status_code == 409
    assert "HINTED first" in page.content.decode()
    assert page.content.decode().count('value="mine"') == 1
    assert Draft.objects.get().fields["pick"] == ["0"]


def test_an_unreadable_answer_in_a_second_tab_keeps_the_draft_of_the_first(
    visitor: Client, attempt: Attempt
) -> None:
    item = item_of(attempt, "number")
    save(visitor, item, "12", 0)
    page = visitor.post(url_of(item), sent(item, "twenty", 0))
    assert page.status_code == 422
    assert "isn&#x27;t a number" in page.content.decode()
    assert page.content.decode().count('value="mine"') == 1
    assert kept() == "12"


def test_with_a_script_the_part_says_that_its_text_is_not_saved(visitor: Client, attempt: Attempt) -> None:
    item = item_of(attempt, "number")
    save(visitor, item, "12", 0)
    part = visitor.post(url_of(item), sent(item, "twenty", 0), headers={"HX-Request": "true"})
    assert "data-unsaved" in part.content.decode()
    assert 'data-version="0"' in part.content.decode()
    again = visitor.post(url_of(item), sent(item, "thirty", 1), headers={"HX-Request": "true"})
    assert "data-unsaved" not in again.content.decode()
    assert kept() == "thirty"


def test_a_form_with_all_questions_asks_for_each_text_that_differs(
    visitor: Client, quiz: Quiz, attempt: Attempt
) -> None:
    whole = Attempt.objects.begin(attempt.learner, quiz, Attempt.Mode.ALL_AT_ONCE, 2)
    word, number = item_of(whole, "word"), item_of(whole, "number")
    address = f"{whole.get_absolute_url()}hand-in/"
    visitor.post(address, sent(word, FIRST, 0, do="save"))
    both = {**sent(word, SECOND, 0), **sent(number, "12", 0), "do": "save"}
    page = visitor.post(address, both)
    assert page.status_code == 409
    assert page.content.decode().count('value="mine"') == 1
    assert Draft.objects.get(item=number).fields["text"] == ["12"]
    assert Draft.objects.get(item=word).fields["text"] == [FIRST]
    mine = {
        **both,
        f"q{word.place}-keep": "mine",
        f"q{word.place}-other": "1",
        f"q{number.place}-version": "1",
    }
    del mine["do"]
    assert visitor.post(address, mine).status_code == 302
    assert Draft.objects.get(item=word).fields["text"] == [SECOND]
    assert not Answer.objects.exists()


def test_an_answer_that_can_be_recorded_is_recorded_whatever_the_other_tab_holds(
    visitor: Client, word: Item
) -> None:
    save(visitor, word, FIRST, 0)
    assert visitor.post(url_of(word), sent(word, SECOND, 0)).status_code == 302
    assert Answer.objects.get().response
    assert not Draft.objects.exists()


@pytest.mark.parametrize("whole", [True, False], ids=["hand-in", "answer"])
def test_text_that_came_after_the_hand_in_is_shown_again(visitor: Client, word: Item, whole: bool) -> None:
    word.attempt.hand_in()
    url = f"{word.attempt.get_absolute_url()}hand-in/" if whole else url_of(word)
    page = visitor.post(url, sent(word, SECOND, 0))
    text = page.content.decode()
    assert page.status_code == 409
    assert "It takes no more answers" in text
    assert f'<div class="written">{SECOND}</div>' in text
    assert not Answer.objects.exists()


def test_a_draft_after_the_hand_in_is_refused_with_the_reason(visitor: Client, word: Item) -> None:
    word.attempt.hand_in()
    refused = visitor.post(
        url_of(word, "draft"), sent(word, SECOND, 0), headers={"Accept": "application/json"}
    )
    assert refused.status_code == 410
    assert "This attempt was handed in" in refused.json()["error"]


def test_text_for_a_question_that_the_other_page_answered_is_shown_again(visitor: Client, word: Item) -> None:
    visitor.post(url_of(word), sent(word, FIRST, 0))
    page = visitor.post(url_of(word), sent(word, SECOND, 0))
    assert page.status_code == 409
    assert f'<div class="written">{SECOND}</div>' in page.content.decode()
    assert Answer.objects.get().response == FIRST

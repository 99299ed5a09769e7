"""Reading, grading and telling, kind by kind, on the questions of every_kind.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quizzes.kinds import BAD, GOOD, KINDS, MISSED, UnreadableAnswer, Variant, kind_named
from quizzes.loading.sources import QuestionSource
from quizzes.tests.conftest import KINDS as TEXT
from quizzes.tests.conftest import source_of


class Asked:
    """One question with one variant of it."""

    def __init__(self, question: QuestionSource, seed: int) -> None:
        self.kind = kind_named(question.kind)
        self.definition = question.definition
        self.variant = Variant.of(question.definition, seed)

    def read(self, **fields: Any) -> Any:
        named = {
            name.replace("_", "-"): [value] if isinstance(value, str) else value
            for name, value in fields.items()
        }
        return self.kind.read(self.definition, self.variant, named)

    def grade(self, response: Any, **evidence: Any) -> Any:
        return self.kind.grade(self.definition, self.variant, response, evidence)

    def form(self, **fields: list[str]) -> dict[str, Any]:
        return self.kind.form(self.definition, self.variant, fields)

    def feedback(self, response: Any) -> dict[str, Any]:
        graded = self.grade(response, measured=3)
        return self.kind.feedback(self.definition, self.variant, response, graded.marks if graded else {})


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., Asked]:
    source, _problems = source_of(TEXT, tmp_path)
    assert source is not None
    questions = {question.id: question for question in source.questions}

    def asked(id: str, seed: int = 7, **changes: Any) -> Asked:
        question = questions[id]
        question.definition.update(changes)
        return Asked(question, seed)

    return asked


def test_every_kind_but_open_has_a_question_in_the_sample(tmp_path: Path) -> None:
    source, _problems = source_of(TEXT, tmp_path)
    assert source is not None
    assert {question.kind for question in source.questions} == set(KINDS) - {"open"}


def test_the_right_option_is_worth_all_and_a_wrong_one_nothing(ask: Callable[..., Asked]) -> None:
    question = ask("one")
    assert question.grade([1]).score == 1
    assert question.grade([0]) == (wrong := question.grade([0]))
    assert wrong.score == 0
    assert wrong.marks == {"0": BAD, "1": MISSED}


def test_the_form_names_places_and_the_response_names_options(ask: Callable[..., Asked]) -> None:
    for seed in range(8):
        question = ask("one", seed)
        order = question.kind.order(question.definition, question.variant)  # type: ignore[attr-defined]
        assert question.read(pick=str(order.index(1))) == [1]


def test_an_option_pinned_to_the_end_stays_there_and_the_others_move(ask: Callable[..., Asked]) -> None:
    orders = [
        tuple(ask("one", seed).kind.order(ask("one").definition, ask("one", seed).variant))
        for seed in range(30)
    ]  # type: ignore[attr-defined]
    assert {order[-1] for order in orders} == {2}
    assert len(set(orders)) == 2


def test_the_same_seed_gives_the_same_order_and_values(ask: Callable[..., Asked]) -> None:
    assert ask("number", 5).variant.values == ask("number", 5).variant.values
    assert ask("several", 5).form() == ask("several", 5).form()


def test_shuffle_false_keeps_the_order_of_the_author(ask: Callable[..., Asked]) -> None:
    question = ask("several", shuffle=False)
    assert question.kind.order(question.definition, question.variant) == [0, 1, 2, 3]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("picked", "score"),
    [([0, 1], 1.0), ([0], 0.5), ([0, 1, 2], 0.5), ([0, 2], 0.0), ([2, 3], 0.0), ([0, 1, 2, 3], 0.0)],
)
def test_each_right_choice_counts_and_each_wrong_one_takes_one_away(
    ask: Callable[..., Asked], picked: list[int], score: float
) -> None:
    assert ask("several").grade(picked).score == score


def test_partial_false_makes_it_all_or_nothing(ask: Callable[..., Asked]) -> None:
    assert ask("several", partial=False).grade([0]).score == 0
    assert ask("several", partial=False).grade([0, 1]).score == 1


def test_true_comes_before_false_whatever_the_seed(ask: Callable[..., Asked]) -> None:
    for seed in range(5):
        assert [option["html"] for option in ask("claim", seed).form()["options"]] == ["True", "False"]
    assert ask("claim").grade([1]).score == 1


@pytest.mark.parametrize(
    "text",
    ["KEYWORD timeout", "keyword  Timeout.", "`keyword_timeout`", "keyword-time-out", " keywordtimeout "],
)
def test_accepted_forms_are_found_whatever_their_capitals_blanks_and_quotes(
    ask: Callable[..., Asked], text: str
) -> None:
    question = ask("word")
    assert question.grade(question.read(text=text)).score == 1


def test_a_known_mistake_has_feedback_of_its_own_and_an_unknown_one_has_none(
    ask: Callable[..., Asked],
) -> None:
    question = ask("word")
    assert "FEEDBACK prefetch" in question.feedback("Prefetch")["feedback"]
    assert question.feedback("something else")["feedback"] == ""
    assert question.feedback("something else")["accepted"] == ["KEYWORD timeout"]


@pytest.mark.parametrize("text", ["20", "20.4", "20,4", " 20 min", "19.5 MIN", "2e1", "+20", "1200 s"])
def test_a_number_is_read_as_people_type_it(ask: Callable[..., Asked], text: str) -> None:
    question = next(q for seed in range(60) if (q := ask("number", seed)).variant.text("BBVALUE0BB") == "20")
    assert question.grade(question.read(text=text)).score == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Type a number first."),
        ("twenty", "isn't a number"),
        ("20 %", "Give the number in min."),
        ("9" * 41, "at most 40"),
        ("1e99", "too large"),
        ("nan", "isn't a number"),
        ("1,2,3", "in several ways"),
        ("3,600", "Did you mean 3.6 or 3600"),
    ],
)
def test_what_is_no_number_is_refused_with_what_is_accepted(
    ask: Callable[..., Asked], text: str, sentence: str
) -> None:
    with pytest.raises(UnreadableAnswer, match=sentence):
        ask("number").read(text=text)


def test_thousands_may_be_set_apart(ask: Callable[..., Asked]) -> None:
    assert {ask("number").read(text=text) for text in ("3 600", "3600", "3'600", "3,600.0")} == {"3600"}


def test_the_feedback_of_a_number_is_that_of_the_listed_value(ask: Callable[..., Asked]) -> None:
    question = ask("number")
    alone = question.variant.text("BBVALUE2BB")
    assert "FEEDBACK alone" in question.feedback(alone)["feedback"]
    assert question.feedback("9999")["feedback"] == ""
    assert question.feedback("9999")["answer"] == question.variant.text("BBVALUE0BB")


def test_steps_are_never_shown_in_the_right_order(ask: Callable[..., Asked]) -> None:
    for seed in range(100):
        question = ask("order", seed)
        assert question.kind.order(question.definition, question.variant) != [0, 1, 2, 3]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("order", "score"),
    [([0, 1, 2, 3], 1.0), ([1, 0, 2, 3], 2 / 3), ([3, 2, 1, 0], 0.0), ([0, 3, 1, 2], 1 / 3)],
)
def test_each_pair_in_order_counts_and_each_pair_out_of_order_takes_one_away(
    ask: Callable[..., Asked], order: list[int], score: float
) -> None:
    assert ask("order").grade(order).score == pytest.approx(score)


def test_a_misplaced_step_has_its_feedback_and_its_right_place(ask: Callable[..., Asked]) -> None:
    steps = ask("order").feedback([1, 0, 2, 3])["steps"]
    assert [step["right"] for step in steps] == [2, 1, 3, 4]
    assert "FEEDBACK taken" in steps[0]["feedback"]
    assert steps[2]["feedback"] == ""


@pytest.mark.parametrize(
    ("ranks", "sentence"),
    [
        (["1", "1", "2", "3"], "Two steps have the number 1"),
        (["1", "2", "3", "9"], "a number from 1 to 4"),
        (["", "", "", ""], "Put the steps in order first"),
        (["1", "2", "3", "x"], "a number from 1 to 4"),
        (["1", "2", "3", "4"], "Move a step, or confirm"),
    ],
)
def test_numbers_that_make_no_order_are_refused(
    ask: Callable[..., Asked], ranks: list[str], sentence: str
) -> None:
    with pytest.raises(UnreadableAnswer, match=sentence):
        ask("order").read(**{f"rank_{place}": rank for place, rank in enumerate(ranks)})


def test_an_order_counts_once_it_was_touched_or_confirmed(ask: Callable[..., Asked]) -> None:
    question = ask("order")
    untouched = {f"rank-{place}": [str(place + 1)] for place in range(4)}
    moved = {**untouched, "rank-0": ["2"], "rank-1": ["1"]}

    def answered(fields: dict[str, list[str]]) -> bool:
        return question.kind.is_answered(question.definition, question.variant, fields)

    assert not answered({**untouched, "sure": ["3"]})
    assert not answered({})
    assert answered({**untouched, "touched": ["1"]})
    assert answered(moved)
    assert sorted(question.read(**untouched, touched="1")) == [0, 1, 2, 3]
    assert question.form(**untouched)["touched"] is False  # type: ignore[arg-type]
    assert question.form(**untouched, touched=["1"])["touched"] is True  # type: ignore[arg-type]


def test_a_line_is_right_or_its_suspect_says_why_not(ask: Callable[..., Asked]) -> None:
    question = ask("line")
    assert question.grade(question.read(pick="2")).score == 1
    notes = question.feedback(1)["notes"]
    assert [note["line"] for note in notes] == [1, 2]
    assert "FEEDBACK one" in notes[0]["html"]


@pytest.mark.parametrize("pick", ["", "0", "3", "x", "99999"])
def test_a_line_that_is_not_there_is_refused(ask: Callable[..., Asked], pick: str) -> None:
    with pytest.raises(UnreadableAnswer):
        ask("line").read(pick=pick)


def test_a_prediction_waits_until_something_was_measured(ask: Callable[..., Asked]) -> None:
    question = ask("guess")
    assert question.grade("3") is None
    assert question.grade("3", measured=3).score == 1
    assert question.grade("3", measured=2).score == 0


def test_the_listed_value_only_chooses_the_feedback_of_a_prediction(ask: Callable[..., Asked]) -> None:
    assert ask("guess").grade("1", measured=1).marks == {"1": GOOD}
    assert "FEEDBACK once" in ask("guess").feedback("1")["feedback"]


@pytest.mark.parametrize("id", ["one", "several", "claim", "word", "number", "order", "line", "guess"])
def test_every_kind_refuses_an_empty_form_and_forged_fields_with_a_sentence(
    ask: Callable[..., Asked], id: str
) -> None:
    for fields in ({}, {"pick": ["99"]}, {"pick": ["-1", "x"]}, {"rank_0": "1"}, {"text": "   "}):
        with pytest.raises(UnreadableAnswer) as refused:
            ask(id).read(**fields)
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("id", ["one", "several", "claim", "word", "number", "order", "line", "guess"])
def test_what_is_shown_before_the_answer_holds_neither_key_nor_feedback(
    ask: Callable[..., Asked], id: str
) -> None:
    for seed in range(5):
        shown = repr(ask(id, seed).form())
        for word in ("FEEDBACK", "KEYWORD", "'key'", "feedback"):
            assert word not in shown


def test_every_response_can_be_described_in_words(ask: Callable[..., Asked]) -> None:
    described = {
        id: ask(id).kind.describe(ask(id).definition, ask(id).variant, response)
        for id, response in {
            "one": [1],
            "several": [0, 3],
            "word": "x",
            "number": "41/2",
            "order": [1, 0, 2, 3],
            "line": 2,
            "guess": "3",
        }.items()
    }
    assert described["one"] == "The broker"
    assert described["several"] == "Early acknowledgement; A second worker"
    assert described["number"] == "20.5 min"
    assert described["order"].startswith("It is taken → It is sent")
    assert described["line"] == "line 2"

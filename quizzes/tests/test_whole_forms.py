"""The form of a whole quiz: its size is known when the quiz is loaded, and what was loaded can be handed
in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from quizzes.form_size import form_size
from quizzes.models import Attempt, Draft, Quiz
from quizzes.tests.conftest import form, right_fields, source_of

HEAD = '+++\ntitle = "Field quiz"\nlesson = "field"\npass_mark = 70\n+++\n'


def single(number: int) -> str:
    return (
        f'\n## one-{number}\n```toml\nkind = "single"\nlevel = "junior"\n```\nStem?\n\n'
        "- [x] Yes\n  > Yes.\n- [ ] No\n  > No.\n"
        "\n### Explanation\nBecause.\n"
    )


def several(number: int) -> str:
    options = "".join(f"- [x] Option {n}\n  > Yes.\n" for n in range(10))
    return (
        f'\n## many-{number}\n```toml\nkind = "multiple"\nlevel = "junior"\n```\nStem?\n\n{options}'
        "\n### Explanation\nBecause.\n"
    )


def explain(number: int) -> str:
    return (
        f'\n## open-{number}\n```toml\nkind = "open"\nlevel = "junior"\n```\nStem?\n\n'
        "### Rubric\n- (1) It is said.\n"
        "\n### Explanation\nBecause.\n"
    )


def form_body(attempt: Attempt, fields_of: Callable[..., dict[str, list[str]]]) -> str:
    body: list[tuple[str, str]] = [("do", "answer")]
    for item in attempt.items.with_record():
        for name, values in form(item, fields_of(item)).items():
            body += [(name, value) for value in ([values] if isinstance(values, str) else values)]
        body.append((f"q{item.place}-sure", "2"))
    return urlencode(body)


@pytest.mark.parametrize(
    ("question", "count", "fields_of"),
    [
        (single, 350, right_fields),
        (explain, 4, lambda item: {"text": ["漢" * 7990]}),
        (explain, 9, lambda item: {"text": ["\U0001f600" * 8000]}),
    ],
    ids=["350 questions", "four long answers in Chinese", "nine answers of four-byte characters"],
)
def test_a_large_quiz_can_be_handed_in_at_once(
    load: Callable[..., Quiz],
    learner: User,
    visitor: Client,
    question: Callable[[int], str],
    count: int,
    fields_of: Callable[..., dict[str, list[str]]],
) -> None:
    quiz = load(HEAD + "".join(map(question, range(count))))
    attempt = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)
    body = form_body(attempt, fields_of)
    assert len(body) < form_size([item.revision for item in attempt.items.with_record()]).bytes
    answer = visitor.post(
        f"{attempt.get_absolute_url()}hand-in/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 302
    assert attempt.items.filter(answer__isnull=False).count() == count


def test_more_than_the_attempt_could_ask_for_is_still_refused(
    load: Callable[..., Quiz], learner: User, visitor: Client
) -> None:
    attempt = Attempt.objects.begin(learner, load(HEAD + explain(1)), Attempt.Mode.ALL_AT_ONCE, 1)
    body = urlencode({"q1-text": "x" * 400_000})
    answer = visitor.post(
        f"{attempt.get_absolute_url()}hand-in/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(("question", "count"), [(several, 360), (explain, 140)], ids=["fields", "bytes"])
def test_a_quiz_that_no_page_could_take_is_refused_when_it_is_loaded(
    question: Callable[[int], str], count: int, tmp_path: Path
) -> None:
    _source, problems = source_of(HEAD + "".join(map(question, range(count))), tmp_path)
    assert [(problem.line, problem.what[:36]) for problem in problems] == [
        (1, "handed in at once, the quiz sends up")
    ]


def test_an_ordering_that_nobody_touched_is_left_over_and_a_confirmed_one_counts(
    quiz: Quiz, learner: User, visitor: Client
) -> None:
    attempt = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)
    item = attempt.items.get(revision__question="order")
    untouched = {f"rank-{place}": [str(place + 1)] for place in range(4)}
    address = f"{attempt.get_absolute_url()}hand-in/"
    answer = visitor.post(address, form(item, {**untouched, "sure": ["3"]}, do="anyway"))
    assert answer.status_code == 302
    assert not attempt.items.filter(answer__isnull=False).exists()
    second = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 2)
    item = second.items.get(revision__question="order")
    address = f"{second.get_absolute_url()}hand-in/"
    visitor.post(address, form(item, {**untouched, "touched": ["1"]}, do="anyway"))
    assert second.items.filter(answer__isnull=False).count() == 1


def test_an_order_that_nobody_touched_is_no_draft_and_no_late_answer(
    quiz: Quiz, learner: User, visitor: Client
) -> None:
    attempt = Attempt.objects.begin(learner, quiz, Attempt.Mode.ALL_AT_ONCE, 1)
    item = attempt.items.get(revision__question="order")
    address = f"{attempt.get_absolute_url()}hand-in/"
    untouched = {f"rank-{place}": [str(place + 1)] for place in range(4)}
    moved = {**untouched, "rank-0": ["2"], "rank-1": ["1"]}
    visitor.post(address, form(item, untouched, do="save"))
    assert not Draft.objects.exists()
    visitor.post(address, form(item, moved, do="save"))
    assert Draft.objects.get().fields["rank-0"] == ["2"]
    attempt.hand_in()
    late = visitor.post(address, form(item, untouched), follow=True).content.decode()
    assert "It takes no more answers" not in late
    late = visitor.post(address, form(item, moved), follow=True).content.decode()
    assert "It takes no more answers" in late

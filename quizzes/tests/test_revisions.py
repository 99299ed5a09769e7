"""A quiz's revisions: what attempts pin, and who may change a quiz."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from authoring.problems import Problems
from quizzes.loading import quiz_files
from quizzes.loading.sources import QuizSource
from quizzes.models import Attempt, Placement, Quiz, QuizRevision
from quizzes.signals import quizzes_changed
from quizzes.tests.conftest import KINDS, answer_right, source_of

pytestmark = pytest.mark.db
Load = Callable[..., Quiz]
STRICTER = KINDS.replace("pass_mark = 60", "pass_mark = 100")
assert STRICTER != KINDS


def test_a_new_attempt_pins_what_the_quiz_asks_now(load: Load, learner: User) -> None:
    quiz = load()
    attempt = Attempt.objects.begin(learner, quiz, "one", 1)
    assert attempt.revision == quiz.current
    assert quiz.current is not None
    asked = list(quiz.current.placements.values_list("place", "question"))
    assert asked == list(attempt.items.values_list("place", "revision"))
    changed = load(KINDS.partition("## guess")[0])
    later = Attempt.objects.begin(learner, changed, "one", 2)
    attempt.refresh_from_db()
    assert (attempt.items.count(), later.items.count()) == (8, 7)
    assert attempt.revision != later.revision == changed.current


def test_an_attempt_is_judged_by_the_pass_mark_that_it_pins(load: Load, learner: User) -> None:
    lenient = Attempt.objects.begin(learner, load(), "one", 1)
    strict = Attempt.objects.begin(learner, load(STRICTER), "one", 2)
    for attempt in (lenient, strict):
        for question in ("one", "several", "claim", "word", "number"):
            answer_right(attempt, question)
        attempt.hand_in()
        attempt.refresh_from_db()
    assert lenient.score == strict.score
    assert lenient.passed_at is not None
    assert strict.passed_at is None


def test_the_result_names_the_pass_mark_that_was_pinned(load: Load, learner: User, visitor: Any) -> None:
    attempt = Attempt.objects.begin(learner, load(), "one", 1)
    attempt.hand_in()
    load(STRICTER)
    assert "Pass mark 60 %." in visitor.get(attempt.get_absolute_url()).content.decode()
    assert "100 % pass." in visitor.get(attempt.quiz.get_absolute_url()).content.decode()


def test_content_that_comes_back_finds_its_revision_again(load: Load) -> None:
    first = load().current
    assert load(STRICTER).current != first
    assert load().current == first
    assert QuizRevision.objects.count() == 2


def test_revisions_are_written_once(quiz: Quiz) -> None:
    for row in (QuizRevision.objects.get(), Placement.objects.first()):
        assert row is not None
        with pytest.raises(TypeError, match="append-only"):
            row.save()


@pytest.fixture
def studio_quiz(quiz: Quiz) -> Quiz:
    """A quiz with a question that was written in the browser."""
    written = Quiz.objects.create(
        slug="in-the-studio", title="", origin=Quiz.Origin.STUDIO, is_published=False
    )
    assert written.publish(
        title="In the studio", pass_mark=50, lesson="", questions=list(quiz.question_revisions.current())[:1]
    )
    return written


def sources(folder: Path, *slugs: str) -> list[QuizSource]:
    return [source for slug in slugs if (source := source_of(KINDS, folder, slug)[0])]


def test_loading_files_leaves_a_quiz_of_the_studio_published_and_unchanged(
    studio_quiz: Quiz, tmp_path: Path
) -> None:
    before = Quiz.objects.filter(pk=studio_quiz.pk).values().get()
    for slugs in ((), ("every-kind",), ("another",)):
        quiz_files.save(sources(tmp_path, *slugs))
        assert Quiz.objects.filter(pk=studio_quiz.pk).values().get() == before
    assert set(Quiz.objects.published().values_list("slug", flat=True)) == {"another", "in-the-studio"}


def test_a_file_with_the_address_of_a_studio_quiz_is_a_problem_with_file_and_line(
    studio_quiz: Quiz, tmp_path: Path
) -> None:
    problems = Problems()
    quiz_files.check_origins(sources(tmp_path, "every-kind", "in-the-studio"), problems)
    assert [str(problem) for problem in problems] == [
        'quizzes/in-the-studio.md:1: the address "in-the-studio" belongs to a quiz of the database '
        "that has no file; rename the file"
    ]


def test_saving_a_file_over_a_studio_quiz_fails_and_changes_nothing(
    studio_quiz: Quiz, tmp_path: Path
) -> None:
    before = list(Quiz.objects.order_by("pk").values())
    with pytest.raises(ValueError, match="written in the studio"):
        quiz_files.save(sources(tmp_path, "another", "in-the-studio"))
    assert list(Quiz.objects.order_by("pk").values()) == before


@pytest.fixture
def changes() -> Iterator[list[str]]:
    """The addresses of the quizzes that were said to have changed."""
    heard: list[str] = []

    def listener(slug: str, **_: Any) -> None:
        heard.append(slug)

    quizzes_changed.connect(listener)
    yield heard
    quizzes_changed.disconnect(listener)


def test_each_change_of_what_learners_see_is_announced_and_nothing_else(
    load: Load, changes: list[str]
) -> None:
    def heard_after(act: Callable[[], object]) -> list[str]:
        changes.clear()
        act()
        return list(changes)

    assert heard_after(load) == ["every-kind"]
    assert heard_after(load) == []
    assert heard_after(lambda: load(STRICTER)) == ["every-kind"]
    assert heard_after(lambda: load(STRICTER.replace("Who hears of it?", "Who is told?"))) == ["every-kind"]
    Quiz.objects.get().question_revisions.update(stem="<p>as an old program rendered it</p>")
    assert heard_after(lambda: load(STRICTER)) == ["every-kind"]
    assert heard_after(lambda: quiz_files.save([])) == ["every-kind"]
    assert heard_after(lambda: quiz_files.save([])) == []


def test_a_change_whose_announcement_fails_is_undone(load: Load) -> None:
    first = load().current

    def listener(**_: Any) -> None:
        raise RuntimeError

    quizzes_changed.connect(listener)
    try:
        with pytest.raises(RuntimeError):
            load(STRICTER)
    finally:
        quizzes_changed.disconnect(listener)
    assert Quiz.objects.get().current == first

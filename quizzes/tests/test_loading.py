"""Quizzes go from text to the database; what learners answered stays what it was."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from authoring.problems import Problems
from quizzes.loading import quiz_files
from quizzes.models import Attempt, QuestionRevision, Quiz
from quizzes.tests.conftest import KINDS, item_of, right_fields, source_of

pytestmark = pytest.mark.db
Load = Callable[..., Quiz]


def test_a_quiz_has_its_questions_in_the_order_of_the_text(quiz: Quiz) -> None:
    asked = list(quiz.question_revisions.current().values_list("question", flat=True))
    assert asked == ["one", "several", "claim", "word", "number", "order", "line", "guess"]


def test_loading_again_changes_no_row(load: Load, django_assert_max_num_queries: object) -> None:
    load()
    before = list(QuestionRevision.objects.order_by("pk").values())
    updated = Quiz.objects.get().updated_at
    load()
    assert list(QuestionRevision.objects.order_by("pk").values()) == before
    assert Quiz.objects.get().updated_at == updated


def test_an_edited_question_gets_a_new_row_and_the_old_one_stays(load: Load) -> None:
    load()
    load(KINDS.replace("Who hears of it?", "Who is told?"))
    old, new = QuestionRevision.objects.filter(question="one").order_by("pk")
    asked = QuestionRevision.objects.current()
    assert new in asked
    assert old not in asked
    assert "Who hears of it?" in old.stem


def test_text_that_comes_back_finds_its_row_again(load: Load) -> None:
    load()
    load(KINDS.replace("Who hears of it?", "Who is told?"))
    load()
    assert QuestionRevision.objects.filter(question="one").count() == 2
    assert "Who hears of it?" in QuestionRevision.objects.current().get(question="one").stem


def test_moved_questions_change_places_and_keep_their_rows(load: Load) -> None:
    load()
    rows = set(QuestionRevision.objects.values_list("pk", flat=True))
    head, *questions = KINDS.split("\n## ")
    load("\n## ".join([head, *reversed([question.rstrip() + "\n" for question in questions])]))
    assert QuestionRevision.objects.current().first().question == "guess"  # type: ignore[union-attr]
    assert set(QuestionRevision.objects.values_list("pk", flat=True)) == rows


def test_a_question_that_left_the_text_is_unpublished_and_its_answers_stay(load: Load, learner: User) -> None:
    quiz = load()
    attempt = Attempt.objects.begin(learner, quiz, "one", 1)
    load(KINDS.partition("## guess")[0])
    assert not QuestionRevision.objects.current().filter(question="guess").exists()
    assert attempt.items.count() == 8


def test_a_quiz_whose_file_is_gone_is_unpublished_and_comes_back_with_it(quiz: Quiz, load: Load) -> None:
    quiz_files.save([])
    quiz.refresh_from_db()
    assert not quiz.is_published
    assert not QuestionRevision.objects.current().exists()
    assert QuestionRevision.objects.count() == 8
    assert load().is_published


def test_a_running_attempt_keeps_the_wording_that_it_began_with(load: Load, learner: User) -> None:
    attempt = Attempt.objects.begin(learner, load(), "one", 1)
    load(
        KINDS.replace("- [x] The broker", "- [ ] The broker").replace("- [ ] The sender", "- [x] The sender")
    )
    item = item_of(attempt, "one")
    response = item.revision.grader.read(item.revision.definition, item.variant, right_fields(item))
    assert item.revision.definition["options"][response[0]]["text"] == "The broker"


def test_a_better_renderer_reaches_rows_whose_text_is_unchanged(load: Load) -> None:
    load()
    QuestionRevision.objects.filter(question="one").update(stem="<p>as an old program rendered it</p>")
    load()
    assert "Who hears of it?" in QuestionRevision.objects.get(question="one").stem


def test_two_quizzes_may_hold_the_same_question(load: Load, tmp_path: Path) -> None:
    sources = [source_of(KINDS, tmp_path, slug)[0] for slug in ("first", "second")]
    quiz_files.save([source for source in sources if source])
    assert QuestionRevision.objects.current().filter(question="one").count() == 2


def test_raw_html_of_an_author_is_text(load: Load) -> None:
    load(KINDS.replace("Who hears of it?", 'Who <script>alert(1)</script> <b onclick="x()">hears</b>?'))
    stem = QuestionRevision.objects.get(question="one").stem
    assert "<script" not in stem
    assert "<b" not in stem
    assert "&lt;script&gt;" in stem


def test_the_text_for_search_has_values_and_no_key(tmp_path: Path) -> None:
    source, _problems = source_of(KINDS, tmp_path)
    assert source is not None
    text = next(question.text for question in source.questions if question.id == "number")
    assert text.startswith("A limit of ")
    assert "BBVALUE" not in text
    assert "{{" not in text


def test_the_course_of_this_repository_has_no_problem_in_its_quizzes() -> None:
    class AnyLink:
        def resolve(self, scheme: str, target: str) -> object:
            from authoring.links import Link  # the one test that needs a link

            return Link(f"/{scheme}/{target}")

        def targets(self, scheme: str) -> list[str]:
            return []

    problems = Problems()
    content = Path(__file__).resolve().parents[2] / "content"
    found = quiz_files.read(content, problems, AnyLink())  # type: ignore[arg-type]
    assert found
    assert [str(problem) for problem in problems] == []


def test_a_whole_course_is_read_in_little_processor_time(tmp_path: Path) -> None:
    folder = tmp_path / "quizzes"
    folder.mkdir()
    for number in range(40):
        (folder / f"quiz-{number}.md").write_text(KINDS)
    start = time.thread_time()
    assert len(quiz_files.read(tmp_path, Problems())) == 40
    assert time.thread_time() - start < 8

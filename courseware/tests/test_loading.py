from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from authoring.problems import Problems
from courseware import fingerprint, loading
from courseware.models import ContentLoad, GlossaryTerm, Lesson, LessonProgress, Module, SearchEntry
from courseware.rooms import LabFacts, QuizFacts
from courseware.tests import small_course
from quizzes.sources import Need


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_course.copy_to(tmp_path)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def snapshot() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Module, Lesson, GlossaryTerm)]


@pytest.mark.django_db
def test_a_lesson_is_saved_as_html_and_mounts_in_order(folder: Path) -> None:
    small_course.load(folder)
    lesson = Lesson.objects.published().get(slug="first")
    assert [part["kind"] for part in lesson.parts] == ["html", "quick-check", "html", "lab", "html"]
    assert lesson.parts[1] == {"kind": "quick-check", "quiz": "first", "question": "one"}
    assert lesson.parts[3] == {"kind": "lab", "lab": "first"}
    assert [entry["title"] for entry in lesson.toc] == ["What happens", "In the interview"]
    assert lesson.module.slug == "begin"


@pytest.mark.django_db
def test_a_link_to_a_planned_lesson_is_plain_text(folder: Path) -> None:
    small_course.load(folder)
    html = Lesson.objects.get(slug="first").parts[0]["html"]
    assert '<span class="planned">the third</span>' in html
    assert '<a href="/lessons/second/">the second</a>' in html
    assert '<a class="term" href="/glossary/#broker">broker</a>' in html


@pytest.mark.django_db
def test_loading_the_same_again_changes_nothing(folder: Path) -> None:
    small_course.load(folder)
    before = snapshot()
    small_course.load(folder)
    assert snapshot() == before


@pytest.mark.django_db
def test_an_edited_lesson_keeps_its_row_and_its_readers_progress(folder: Path, django_user_model: Any) -> None:
    small_course.load(folder)
    before = Lesson.objects.get(slug="second")
    learner = django_user_model.objects.create(email="reader@example.org")
    LessonProgress.objects.begin(learner, before).reach("", 400)
    edit(folder, "lessons/02-second.md", "Text of the second", "Other words")
    small_course.load(folder)
    after = Lesson.objects.get(slug="second")
    assert after.pk == before.pk
    assert "Other words" in after.parts[0]["html"]
    assert after.content_hash != before.content_hash
    assert after.updated_at > before.updated_at
    assert LessonProgress.objects.get(learner=learner, lesson=after).furthest == 400


@pytest.mark.django_db
def test_what_left_the_folder_is_unpublished_and_never_deleted(folder: Path, django_user_model: Any) -> None:
    small_course.load(folder)
    learner = django_user_model.objects.create(email="reader@example.org")
    LessonProgress.objects.begin(learner, Lesson.objects.get(slug="second")).reach("", 1000)
    (folder / "lessons/02-second.md").unlink()
    edit(folder, "course.toml", '["first", "second"]', '["first"]')
    edit(folder, "course.toml", "planned = [", 'planned = [{ slug = "second", title = "The second" }, ')
    edit(folder, "glossary.md", "## task", "## unit-of-work")
    edit(folder, "glossary.md", 'see = ["task"]', 'see = ["unit-of-work"]')
    small_course.load(folder)
    assert list(Lesson.objects.published().values_list("slug", flat=True)) == ["first"]
    assert not Lesson.objects.get(slug="second").is_published
    assert not GlossaryTerm.objects.get(slug="task").is_published
    assert LessonProgress.objects.filter(learner=learner, lesson__slug="second", completed_at__isnull=False).exists()
    assert not SearchEntry.objects.filter(url__startswith="/lessons/second/").exists()


@pytest.mark.django_db
def test_a_lesson_that_comes_back_is_the_same_row(folder: Path) -> None:
    small_course.load(folder)
    kept = Lesson.objects.get(slug="second").pk
    Lesson.objects.filter(pk=kept).update(is_published=False)
    small_course.load(folder)
    assert Lesson.objects.published().get(slug="second").pk == kept


@pytest.mark.django_db
def test_a_module_without_lessons_is_not_published(folder: Path) -> None:
    path = folder / "course.toml"
    path.write_text(
        path.read_text() + '\n[[module]]\nnumber = 2\nslug = "end"\ntitle = "End"\nsummary = "S."\nlessons = []\n'
    )
    small_course.load(folder)
    assert [module.slug for module in Module.objects.published()] == ["begin"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_while_saving_leaves_the_last_good_version(folder: Path) -> None:
    small_course.load(folder, fingerprint="good")
    before = snapshot()
    edit(folder, "lessons/02-second.md", "Text of the second", "Other words")

    def breaks(sources: Any) -> None:
        Lesson.objects.all().update(title="half")
        raise RuntimeError("the disk is full")

    content = loading.read(folder, small_course.rooms(), Problems())
    with pytest.raises(RuntimeError):
        loading.save(content, small_course.rooms(save=breaks), "bad")
    assert snapshot() == before
    assert loading.is_loaded("good")


CROSS = [
    (small_course.rooms(labs=()), 'quizzes/first.md:9: there is no lab "first"'),
    (small_course.rooms(quizzes=()), 'lessons/01-first.md:8: there is no quiz "first"'),
    (
        small_course.rooms(quizzes=(QuizFacts("first", "T", "quizzes/first.md", "second", {"one": "?"}),)),
        'lessons/01-first.md:8: the quiz "first" names the lesson "second"',
    ),
    (
        small_course.rooms(
            quizzes=(
                small_course.QUIZ,
                QuizFacts("more", "T", "quizzes/more.md", "frist", {}, (Need("lesson", "frist", 3),)),
            )
        ),
        'quizzes/more.md:3: there is no lesson "frist"; did you mean "first"?',
    ),
    (
        small_course.rooms(
            quizzes=(
                small_course.QUIZ,
                QuizFacts("more", "T", "quizzes/more.md", "second", {}, (Need("measure", "first#start", 7),)),
            )
        ),
        'quizzes/more.md:7: the lab "first" has no measure "start"; did you mean "starts"?',
    ),
    (
        small_course.rooms(
            quizzes=(
                small_course.QUIZ,
                QuizFacts("more", "T", "quizzes/more.md", "second", {}, (Need("knob", "first#page", 7),)),
            )
        ),
        'quizzes/more.md:7: the lab "first" has no knob "page"; did you mean "pages"?',
    ),
    (
        small_course.rooms(labs=(small_course.LAB, LabFacts("other", "Other", "labs/other/lab.toml", "nothing"))),
        'labs/other/lab.toml:1: the lab names the lesson "nothing", which there is not',
    ),
]


@pytest.mark.parametrize(("rooms", "problem"), CROSS, ids=[problem.split(";")[0] for _, problem in CROSS])
def test_lessons_quizzes_and_labs_must_find_each_other(folder: Path, rooms: Any, problem: str) -> None:
    assert any(line.startswith(problem) for line in small_course.problems_of(folder, rooms))


BYTES = [
    (b"+++\ntitle = '\xff'\n+++\n", "lessons/02-second.md:2: this is not UTF-8"),
    (b"+++\n+++\n\nA \0.\n", "lessons/02-second.md:4: a NUL character"),
    (b"x" * (loading.LARGEST_FILE + 1), "lessons/02-second.md:1: the file has 1048577 bytes"),
]


@pytest.mark.parametrize(("raw", "problem"), BYTES, ids=["not UTF-8", "NUL", "too large"])
def test_a_file_that_is_no_text_is_a_problem(folder: Path, raw: bytes, problem: str) -> None:
    (folder / "lessons/02-second.md").write_bytes(raw)
    assert any(line.startswith(problem) for line in small_course.problems_of(folder))


def test_a_file_whose_name_is_no_lessons_is_a_problem(folder: Path) -> None:
    (folder / "lessons/02-second.md").rename(folder / "lessons/second.md")
    told = small_course.problems_of(folder)
    assert any(line.startswith("lessons/second.md:1: the file's name is no lesson's") for line in told)


def test_two_files_of_one_number_are_a_problem(folder: Path) -> None:
    (folder / "lessons/02-second.md").rename(folder / "lessons/01-second.md")
    told = small_course.problems_of(folder)
    assert any("lessons/01-first.md has this slug or number too" in line for line in told)


def test_a_missing_course_or_glossary_is_a_problem(folder: Path) -> None:
    (folder / "course.toml").unlink()
    (folder / "glossary.md").unlink()
    told = small_course.problems_of(folder)
    assert any(line.startswith("course.toml:1: the file cannot be read") for line in told)
    assert any(line.startswith("glossary.md:1: the file cannot be read") for line in told)


def test_windows_line_ends_are_read_as_ours(folder: Path) -> None:
    path = folder / "lessons/02-second.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert small_course.problems_of(folder) == []


def test_the_fingerprint_follows_every_file_and_nothing_else(folder: Path) -> None:
    before = fingerprint.fingerprint(folder)
    (folder / ".hidden").write_text("x")
    assert fingerprint.fingerprint(folder) == before
    (folder / "labs/first/tasks.py").write_text("x = 1")
    assert fingerprint.fingerprint(folder) != before


@pytest.mark.django_db
def test_the_command_loads_the_course_of_this_repository_and_then_does_nothing(capsys: Any) -> None:
    call_command("load_content")
    assert Lesson.objects.published().filter(slug="visibility-timeout").exists()
    first = capsys.readouterr().out
    call_command("load_content")
    assert first.startswith("Loaded lessons ")
    assert capsys.readouterr().out.startswith("Unchanged since it was loaded")


@pytest.mark.django_db
def test_the_command_reports_problems_and_changes_nothing(folder: Path, capsys: Any) -> None:
    (folder / "lessons/02-second.md").write_text("no front matter")
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("load_content", folder)
    assert "lessons/02-second.md:1: there is no front matter;" in capsys.readouterr().err
    assert not Lesson.objects.exists()
    assert not ContentLoad.objects.exists()


def test_checking_needs_no_database(capsys: Any) -> None:
    call_command("load_content", "--check")
    assert capsys.readouterr().out.startswith("Checked lessons ")


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="There is no folder /nowhere"):
        call_command("load_content", "/nowhere", "--check")

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from authoring import text_files
from authoring.problems import Problems
from courseware.loading import content_folder, fingerprint
from courseware.models import ContentLoad, GlossaryTerm, Lesson, LessonProgress, Module, SearchEntry
from courseware.tests import small_course
from labs.models import Lab
from quizzes.models import Quiz


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
def test_a_link_to_what_has_no_page_yet_is_text_that_says_so(folder: Path) -> None:
    small_course.load(folder)
    parts = Lesson.objects.get(slug="first").parts
    html = parts[0]["html"]
    of_pack = '<span class="planned">A question<span class="planned-mark"> (planned)</span></span>'
    assert [of_pack in part.get("html", "") for part in parts].count(True) == 1
    assert '<span class="planned">the third<span class="planned-mark"> (planned)</span></span>' in html
    assert '<a href="/lessons/second/">the second</a>' in html
    assert '<a class="term" href="/glossary/#broker">broker</a>' in html


@pytest.mark.django_db
def test_loading_the_same_again_changes_nothing(folder: Path) -> None:
    small_course.load(folder)
    before = snapshot()
    small_course.load(folder)
    assert snapshot() == before


@pytest.mark.django_db
def test_an_edited_lesson_keeps_its_row_and_its_readers_progress(
    folder: Path, django_user_model: Any
) -> None:
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
    assert LessonProgress.objects.filter(
        learner=learner, lesson__slug="second", completed_at__isnull=False
    ).exists()
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
        path.read_text()
        + '\n[[module]]\nnumber = 2\nslug = "end"\ntitle = "End"\nsummary = "S."\nlessons = []\n'
    )
    small_course.load(folder)
    assert [module.slug for module in Module.objects.published()] == ["begin"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_while_saving_leaves_the_last_good_version(folder: Path) -> None:
    small_course.load(folder, fingerprint="good")
    before = snapshot()
    edit(folder, "lessons/02-second.md", "Text of the second", "Other words")

    # A constraint of the database stops the save after the labs and quizzes were written.
    content = content_folder.read(folder, Problems())
    content.lessons["second"].minutes = -1
    content.labs[0].definition["title"] = "Half written"
    with pytest.raises(IntegrityError):
        content_folder.save(content, "bad")
    assert Lab.objects.get().title == "The bench of the first"
    assert snapshot() == before
    assert content_folder.is_loaded("good")


LAB, QUIZ = "labs/first/lab.toml", "quizzes/first.md"
CROSS = [
    (
        QUIZ,
        'lesson = "first"',
        'lesson = "second"',
        'lessons/01-first.md:8: the quiz "first" names the lesson',
    ),
    (
        QUIZ,
        'lesson = "first"',
        'lesson = "frist"',
        f'{QUIZ}:3: there is no lesson "frist"; did you mean "first"?',
    ),
    (QUIZ, 'lab = "first"', 'lab = "thrid"', f'{QUIZ}:26: there is no lab "thrid"'),
    (
        QUIZ,
        '"starts"\n',
        '"start"\n',
        f'{QUIZ}:27: the lab "first" has no measure "start"; did you mean "starts"?',
    ),
    (QUIZ, "pages = 3", "page = 3", f'{QUIZ}:30: the lab "first" has no knob "page"; did you mean "pages"?'),
    (LAB, 'lesson = "first"', 'lesson = "nothing"', f'{LAB}:1: there is no lesson "nothing"'),
    (LAB, "title = ", "titel = ", f'{LAB}:1: "titel" is not a key here'),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"), CROSS, ids=[case[3].split(";")[0] for case in CROSS]
)
def test_lessons_quizzes_and_labs_must_find_each_other(
    folder: Path, file: str, old: str, new: str, problem: str
) -> None:
    edit(folder, file, old, new)
    lines = small_course.problems_of(folder)
    assert any(line.startswith(problem) for line in lines), lines


@pytest.mark.parametrize("gone", [LAB, QUIZ])
def test_a_quiz_or_a_lab_that_is_gone_is_missed_by_its_lesson(folder: Path, gone: str) -> None:
    kind = {LAB: "lab", QUIZ: "quiz"}[gone]
    shutil.rmtree(folder / "labs/first") if kind == "lab" else (folder / gone).unlink()
    line = {"lab": 7, "quiz": 8}[kind]
    found = small_course.problems_of(folder)
    assert any(told.startswith(f'lessons/01-first.md:{line}: there is no {kind} "first"') for told in found)


def test_a_lab_that_cannot_be_read_is_one_problem_and_no_crash(folder: Path) -> None:
    (folder / LAB).write_text("not = [toml")
    assert any(line.startswith(f"{LAB}:1: ") for line in small_course.problems_of(folder))


BYTES = [
    (b"+++\ntitle = '\xff'\n+++\n", "lessons/02-second.md:2: this is not UTF-8"),
    (b"+++\n+++\n\nA \0.\n", "lessons/02-second.md:4: the line holds a NUL character"),
    (b"x" * (text_files.LARGEST + 1), "lessons/02-second.md:1: the file has 1048577 bytes"),
]


@pytest.mark.parametrize(("raw", "problem"), BYTES, ids=["not UTF-8", "NUL", "too large"])
def test_a_file_that_is_no_text_is_a_problem(folder: Path, raw: bytes, problem: str) -> None:
    (folder / "lessons/02-second.md").write_bytes(raw)
    assert any(line.startswith(problem) for line in small_course.problems_of(folder))


def test_a_file_whose_name_is_no_lessons_is_a_problem(folder: Path) -> None:
    (folder / "lessons/02-second.md").rename(folder / "lessons/second.md")
    problem = "lessons/second.md:1: this is not the name of a lesson's file"
    assert any(line.startswith(problem) for line in small_course.problems_of(folder))


def test_two_files_of_one_number_are_a_problem(folder: Path) -> None:
    (folder / "lessons/02-second.md").rename(folder / "lessons/01-second.md")
    told = small_course.problems_of(folder)
    assert any("lessons/01-first.md has this slug or number too" in line for line in told)


def test_leftovers_and_folders_among_the_lessons_end_no_check(folder: Path) -> None:
    (folder / "lessons/.#02-second.md").symlink_to("mira@host.123:4")
    (folder / "lessons/02-second.md~").write_text("old")
    (folder / "lessons/04-folder.md").mkdir()
    (folder / "packs/more.md").mkdir()
    assert small_course.problems_of(folder) == [
        "lessons/04-folder.md:1: this is a folder; keep files alone under names that end in .md",
        "packs/more.md:1: this is a folder; keep files alone under names that end in .md",
    ]


@pytest.mark.parametrize("file", ["course.toml", "glossary.md", "lessons/02-second.md", "packs/basics.md"])
def test_a_byte_order_mark_is_passed_over_in_every_file(folder: Path, file: str) -> None:
    raw = (folder / file).read_bytes()
    (folder / file).write_bytes(b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    assert small_course.problems_of(folder) == []


def test_an_empty_lesson_is_a_problem_of_that_file(folder: Path) -> None:
    (folder / "lessons/02-second.md").write_bytes(b"")
    assert any(line.startswith("lessons/02-second.md:1:") for line in small_course.problems_of(folder))


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


@pytest.mark.django_db
def test_the_command_refuses_a_file_with_the_address_of_a_studio_quiz(capsys: Any) -> None:
    Quiz.objects.create(slug="visibility-timeout", title="Written in the browser", origin=Quiz.Origin.STUDIO)
    with pytest.raises(CommandError, match="1 problem; nothing was changed"):
        call_command("load_content")
    assert (
        'quizzes/visibility-timeout.md:1: the address "visibility-timeout" belongs to a quiz of the database'
        in capsys.readouterr().err
    )
    assert not Lesson.objects.exists()


def test_checking_needs_no_database(capsys: Any) -> None:
    call_command("load_content", "--check")
    assert capsys.readouterr().out.startswith("Checked lessons ")

"""One mistake of an author is one problem: its cause, and nothing that only follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courseware.tests import small_course


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_course.copy_to(tmp_path)


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "file",
    ["lessons/01-first.md", "lessons/02-second.md", "quizzes/first.md", "packs/basics.md", "glossary.md"],
)
def test_a_letter_that_is_not_utf_8_is_the_only_problem(folder: Path, file: str) -> None:
    with (folder / file).open("ab") as text:
        text.write(b"caf\xe9\n")
    told = small_course.problems_of(folder)
    assert len(told) == 1, told
    assert told[0].startswith(f"{file}:")
    assert "this is not UTF-8" in told[0]


@pytest.mark.parametrize("name", ["second.md", "2-second.md", "02_second.md", "02-Second.md", "02 second.md"])
def test_a_misnamed_lesson_is_the_only_problem(folder: Path, name: str) -> None:
    (folder / "lessons/02-second.md").rename(folder / "lessons" / name)
    told = small_course.problems_of(folder)
    assert len(told) == 1, told
    assert told[0].startswith(f"lessons/{name}:1: this is not the name of a lesson's file")


def test_a_lesson_that_is_not_there_is_still_missed(folder: Path) -> None:
    (folder / "lessons/02-second.md").unlink()
    assert any('the lesson "second" has no file' in line for line in small_course.problems_of(folder))


@pytest.mark.parametrize(
    "file", ["lessons/01-first.md", "quizzes/first.md", "packs/basics.md", "glossary.md"]
)
@pytest.mark.parametrize("before", ["\n", "\n \n", " "])
def test_space_before_the_front_matter_is_the_only_problem(folder: Path, file: str, before: str) -> None:
    change(folder, file, "+++", f"{before}+++")
    fix = "remove what stands before +++: it is the first line of the file"
    assert small_course.problems_of(folder) == [f"{file}:1: there is space before the front matter; {fix}"]


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="There is no folder /nowhere"):
        call_command("load_content", "/nowhere", "--check")


def test_a_folder_without_a_course_is_asked_about(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(CommandError, match=r"has no course\.toml; is it the content folder\?"):
        call_command("load_content", tmp_path, "--check")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("unit", "wrong"), [("starts", False), ("start", False), ("ms", True), ("calls", True), ("", False)]
)
def test_the_unit_of_a_prediction_is_that_of_the_measure(folder: Path, unit: str, wrong: bool) -> None:
    change(folder, "quizzes/first.md", 'unit = "starts"\n', f'unit = "{unit}"\n' if unit else "\n")
    what = f'the unit is "{unit}", and the measure "starts" counts "starts"'
    expected = [f'quizzes/first.md:29: {what}; write unit = "starts"']
    assert small_course.problems_of(folder) == (expected if wrong else [])

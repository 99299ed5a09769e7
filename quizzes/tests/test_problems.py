"""Every sort of malformed quiz: one file each in malformed/, and what its author is told."""

import tomllib
from pathlib import Path

import pytest

from quizzes.tests.conftest import KINDS, source_of

FOLDER = Path(__file__).parent / "malformed"
EXPECTED: dict[str, str] = tomllib.loads((FOLDER / "expected.toml").read_text())


def test_each_file_has_its_expected_problem_and_there_are_many() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_malformed_quiz_is_told_file_line_what_and_how_to_mend(name: str, tmp_path: Path) -> None:
    line, _, what = EXPECTED[name].partition(": ")
    _source, problems = source_of((FOLDER / f"{name}.md").read_text(), tmp_path, name)
    told = [f"{problem.line}: {problem.what}" for problem in problems]
    assert any(problem.line == int(line) and what in problem.what for problem in problems), told
    for problem in problems:
        assert problem.file == f"quizzes/{name}.md"
        assert problem.fix
        assert "BBVALUE" not in str(problem)


def test_a_quiz_of_every_kind_has_no_problem(tmp_path: Path) -> None:
    source, problems = source_of(KINDS, tmp_path)
    assert problems == []
    assert source is not None
    assert len(source.questions) == 8


def test_a_file_that_is_not_utf_8_is_told_the_line(tmp_path: Path) -> None:
    path = tmp_path / "quizzes" / "latin.md"
    path.parent.mkdir()
    path.write_bytes(b'+++\ntitle = "caf\xe9"\n+++\n')
    from authoring.problems import Problems  # beside the one test that reads a folder
    from quizzes.loading.quiz_files import read

    problems = Problems()
    assert read(tmp_path, problems) == []
    assert [str(problem) for problem in problems] == [
        "quizzes/latin.md:2: this is not UTF-8; save the file as UTF-8"
    ]


@pytest.mark.parametrize("slug", ["attempts", "Two Words", "x" * 90])
def test_a_file_whose_name_cannot_be_an_address_is_refused(slug: str, tmp_path: Path) -> None:
    _source, problems = source_of(KINDS, tmp_path, slug)
    assert any("cannot be the address" in problem.what for problem in problems)


def test_a_quiz_says_what_it_needs_of_lessons_and_labs(tmp_path: Path) -> None:
    source, _problems = source_of(KINDS, tmp_path)
    assert source is not None
    needs = {(need.what, need.target): need.line for need in source.needs}
    assert set(needs) == {
        ("lesson", "acks-and-crashes"),
        ("lab", "acks-and-crashes"),
        ("measure", "acks-and-crashes#starts"),
        ("unit", "acks-and-crashes#starts#starts"),
        ("knob", "acks-and-crashes#pages"),
    }
    assert KINDS.splitlines()[needs["measure", "acks-and-crashes#starts"] - 1] == 'measure = "starts"'

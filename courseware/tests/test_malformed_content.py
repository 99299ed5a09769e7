"""One malformed file a problem, and what an author is told of it; `GOLDEN=write` renews expected.txt after a
look.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from courseware.tests import small_course

MALFORMED = small_course.HERE / "malformed"
EXPECTED = MALFORMED / "expected.txt"
PLACES = {
    "lessons": "lessons/02-second.md",
    "glossary": "glossary.md",
    "course": "course.toml",
    "packs": "packs/basics.md",
}
CASES = sorted(path for path in MALFORMED.glob("*/*") if path.is_file())


def expected() -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    name = ""
    for line in EXPECTED.read_text().splitlines():
        if line.startswith("    "):
            told[name].append(line.strip())
        elif line:
            name = line
            told[name] = []
    return told


def told_of(case: Path, tmp_path: Path) -> list[str]:
    folder = small_course.copy_to(tmp_path)
    (folder / PLACES[case.parent.name]).write_bytes(case.read_bytes())
    return small_course.problems_of(folder)


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_malformed_file_is_named_with_its_line_and_a_mend(case: Path, tmp_path: Path) -> None:
    name = f"{case.parent.name}/{case.name}"
    told = told_of(case, tmp_path)
    assert told != []
    assert all(re.match(r"[a-z0-9/.-]+:\d+: [^;]+.*; \S", line) for line in told)
    assert told == expected()[name]


def test_every_expectation_has_its_file() -> None:
    assert sorted(expected()) == [f"{case.parent.name}/{case.name}" for case in CASES]
    assert len(CASES) >= 25


def test_the_small_course_has_no_problems() -> None:
    assert small_course.problems_of(small_course.CONTENT) == []


def test_renew_what_is_expected(tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.environ.get("GOLDEN") == "write":
        lines: list[str] = []
        for case in CASES:
            told = told_of(case, tmp_path_factory.mktemp("case"))
            lines += [f"{case.parent.name}/{case.name}", *(f"    {line}" for line in told), ""]
        EXPECTED.write_text("\n".join(lines))
    assert EXPECTED.exists()

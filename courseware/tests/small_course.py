"""A small course with a lab and a quiz that other rooms would have read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from authoring.problems import Problems
from courseware import loading
from courseware.rooms import LabFacts, QuizFacts, Room, Rooms
from quizzes.sources import Need

HERE = Path(__file__).parent
CONTENT = HERE / "content"
LAB = LabFacts(
    slug="first",
    title="The bench of the first",
    file="labs/first/lab.toml",
    lesson="first",
    measures=frozenset({"starts"}),
    knobs=frozenset({"pages"}),
    text="Kill a worker and watch.",
)
QUIZ = QuizFacts(
    slug="first",
    title="The first",
    file="quizzes/first.md",
    lesson="first",
    questions={"one": "What caused the second start?", "two": "How many starts?"},
    needs=(Need("lesson", "first", 3), Need("lab", "first", 9), Need("measure", "first#starts", 9)),
)


def rooms(*, labs: tuple[LabFacts, ...] = (LAB,), quizzes: tuple[QuizFacts, ...] = (QUIZ,), save: Any = None) -> Rooms:
    """Rooms that read these facts."""
    keep = save or (lambda sources: None)
    return Rooms(
        labs=Room(lambda folder, problems, links: labs, lambda facts: facts, keep),
        quizzes=Room(lambda folder, problems, links: quizzes, lambda facts: facts, keep),
    )


def copy_to(folder: Path) -> Path:
    """A copy of the content that a test may change."""
    return Path(shutil.copytree(CONTENT, folder / "content"))


def problems_of(folder: Path, given: Rooms | None = None) -> list[str]:
    """All problems of a folder, as lines in the order of reading."""
    problems = Problems()
    loading.read(folder, given or rooms(), problems)
    return [str(problem) for problem in sorted(problems)]


def load(folder: Path, given: Rooms | None = None, fingerprint: str = "x") -> loading.Content:
    """Read and save a folder that has no problems."""
    problems = Problems()
    content = loading.read(folder, given or rooms(), problems)
    assert problems == []
    loading.save(content, given or rooms(), fingerprint)
    return content

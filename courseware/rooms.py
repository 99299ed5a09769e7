"""What the course must know of the labs and quizzes that the other rooms read: one shape for both, and for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.links import LinkResolver
from authoring.problems import Problems
from quizzes.sources import Need


@dataclass(frozen=True, slots=True)
class LabFacts:
    """One lab: `measures` and `knobs` are ids of what its checks measure and what can be set, `text` public plain text."""

    slug: str
    title: str
    file: str
    lesson: str
    measures: frozenset[str] = frozenset()
    knobs: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class QuizFacts:
    """One quiz: `questions` maps ids, in order, to the public plain text of their stems; `needs` lie outside the quiz."""

    slug: str
    title: str
    file: str
    lesson: str
    questions: dict[str, str]
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """A room that reads and saves content of its own.

    `read(folder, problems, links)` gives its sources, `facts(source)` what the course must know of one, `save(sources)` writes
    them and unpublishes what left; it is called inside the course's transaction.
    """

    read: Callable[[Path, Problems, LinkResolver], Sequence[Any]]
    facts: Callable[[Any], Any]
    save: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Rooms:
    """The two rooms below."""

    labs: Room
    quizzes: Room

"""A quiz file that was checked and rendered, ready to be saved."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Need:
    """Something outside the quiz that the quiz names: `what` is `lesson`, `lab`, `measure`, `unit` or `knob`.

    `target` is the slug of the lesson or lab; for a measure or a knob it is `<lab>#<name>`, for the
    unit of a measure `<lab>#<measure>#<unit>`. The loader of the
    course, which knows lessons and labs, checks it.
    """

    what: str
    target: str
    line: int


@dataclass(frozen=True)
class QuestionSource:
    """One question. `definition` is the kind's; HTML has tokens for parameters; `text` is for search."""

    id: str
    line: int
    kind: str
    level: str
    tags: list[str]
    definition: dict[str, Any]
    stem: str
    text: str
    hints: list[str]
    explanation: str
    source: str
    needs: list[Need] = field(default_factory=list)

    def digest(self, quiz: str) -> str:
        """The hash that names this wording; another quiz may hold the same text."""
        return hashlib.sha256(f"{quiz}\n{self.id}\n{self.source}".encode()).hexdigest()


@dataclass(frozen=True)
class QuizSource:
    """One quiz file. `file` is relative to the content folder."""

    slug: str
    file: str
    title: str
    lesson: str
    pass_mark: int
    questions: list[QuestionSource]
    needs: list[Need] = field(default_factory=list)

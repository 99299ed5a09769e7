"""Quizzes written as authors write them, loaded as the site loads them."""

from __future__ import annotations

import functools
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from authoring.links import NoLinks
from authoring.problems import Problems
from quizzes.loading import quiz_files
from quizzes.loading.sources import QuizSource
from quizzes.models import Answer, Attempt, Item, Quiz

KINDS = (Path(__file__).parent / "every_kind.md").read_text()
SECRET_WORDS = ("KEYWORD", "FEEDBACK", "EXPLAINED", "HINTED")
"""Every key, feedback, explanation and hint of every_kind.md holds one of these, and nothing else does."""


@functools.cache
def rendered(text: str, slug: str) -> QuizSource | None:
    """The quiz of a text without problems. Nothing changes a source, so tests with the same text share it."""
    with tempfile.TemporaryDirectory() as folder:
        source, problems = source_of(text, Path(folder), slug)
    assert problems == []
    return source


def source_of(text: str, folder: Path, slug: str = "every-kind") -> tuple[QuizSource | None, Problems]:
    """Read one quiz from its text."""
    path = folder / f"{slug}.md"
    path.write_text(text)
    problems = Problems()
    return quiz_files.read_quiz(path, f"quizzes/{slug}.md", problems, NoLinks()), problems


@pytest.fixture
def load(db: None) -> Callable[..., Quiz]:
    """Load one quiz from its text; the texts must be without problems."""

    def loaded(text: str = KINDS, slug: str = "every-kind") -> Quiz:
        source = rendered(text, slug)
        assert source is not None
        quiz_files.save([source])
        return Quiz.objects.get(slug=slug)

    return loaded


@pytest.fixture
def quiz(load: Callable[..., Quiz]) -> Quiz:
    return load()


@pytest.fixture
def learner(db: None) -> User:
    return User.objects.create_user(email="mira@example.org", password="late acknowledgement")


@pytest.fixture
def visitor(client: Client, learner: User) -> Client:
    """A browser in which the learner is logged in."""
    client.force_login(learner)
    return client


@pytest.fixture
def attempt(quiz: Quiz, learner: User) -> Attempt:
    return Attempt.objects.begin(learner, quiz, Attempt.Mode.ONE_AT_A_TIME, 1)


def item_of(attempt: Attempt, question: str) -> Item:
    """The item of the question with this id."""
    item = attempt.items.with_record().get(revision__question=question)
    item.attempt = attempt
    return item


def right_fields(item: Item) -> dict[str, list[str]]:
    """The fields of a right answer, as this learner's form names them."""
    definition, variant = item.revision.definition, item.variant
    grader: Any = item.revision.grader
    match item.revision.kind:
        case "single" | "multiple" | "true_false":
            order = grader.order(definition, variant)
            return {"pick": [str(p) for p, n in enumerate(order) if definition["options"][n]["key"]]}
        case "ordering":
            return {f"rank-{p}": [str(n + 1)] for p, n in enumerate(grader.order(definition, variant))}
        case "numeric":
            return {"text": [str(variant.number(definition["answer"]))]}
        case "bug_line":
            return {"pick": [str(next(v["line"] for v in definition["values"] if v["key"]))]}
        case "short_text":
            return {"text": [definition["forms"][0]["text"]]}
        case _:
            return {"text": ["3"]}


def form(item: Item, fields: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    """What a browser posts for this question."""
    prefix = f"q{item.place}-"
    body: dict[str, Any] = {prefix + name: values for name, values in fields.items()}
    return {f"{prefix}submission": str(uuid.uuid4()), **body, **more}


def answer_right(attempt: Attempt, question: str) -> Answer:
    """The right answer, recorded."""
    item = item_of(attempt, question)
    response = item.revision.grader.read(item.revision.definition, item.variant, right_fields(item))
    return attempt.record(item, response, uuid.uuid4())

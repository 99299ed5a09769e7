"""The real labs and quizzes, as the course reads them."""

from __future__ import annotations

import html

from django.utils.html import strip_tags

import labs.loading
import quizzes.loading
from courseware.rooms import LabFacts, QuizFacts, Room, Rooms
from quizzes.sources import QuizSource


def plain(markup: str) -> str:
    """The words of sanitised HTML."""
    return " ".join(html.unescape(strip_tags(markup)).split())


def lab_facts(source: labs.loading.LabSource) -> LabFacts:
    """What the course must know of a lab."""
    definition = source.definition
    return LabFacts(
        slug=source.slug,
        title=definition.get("title", source.slug),
        file=f"labs/{source.slug}/lab.toml",
        lesson=definition.get("lesson", ""),
        measures=frozenset(measure["id"] for measure in definition.get("measures", ())),
        knobs=frozenset(knob["name"] for knob in definition.get("knobs", ())),
        text=plain(source.brief),
    )


def quiz_facts(source: QuizSource) -> QuizFacts:
    """What the course must know of a quiz."""
    return QuizFacts(
        slug=source.slug,
        title=source.title,
        file=source.file,
        lesson=source.lesson,
        questions={question.id: question.text for question in source.questions},
        needs=tuple(source.needs),
    )


ROOMS = Rooms(
    labs=Room(labs.loading.read, lab_facts, labs.loading.save),
    quizzes=Room(quizzes.loading.read, quiz_facts, quizzes.loading.save),
)

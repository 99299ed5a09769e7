"""The documents of a content folder for the search index: one for each lesson, term, quiz, lab and planned
lesson.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.html import strip_tags

from courseware.models import SearchDocument
from courseware.search.documents import Document, Passage

if TYPE_CHECKING:
    from courseware.loading.content_folder import Content
    from courseware.loading.course_file import ModuleSource
    from courseware.loading.glossary_file import TermSource
    from courseware.loading.lesson_file import LessonSource
    from labs.catalog.loading import LabSource
    from quizzes.loading.sources import QuizSource

Kind = SearchDocument.Kind


def documents_of(content: Content) -> Iterator[Document]:
    """All documents of a content folder."""
    yield from map(lesson_document, content.lessons.values())
    yield from map(term_document, content.terms)
    yield from map(quiz_document, content.quizzes)
    yield from map(lab_document, content.labs)
    for module in content.course.modules:
        yield from planned_documents(module)


def lesson_document(lesson: LessonSource) -> Document:
    """A passage for the beginning of the lesson, with its summary, and one for each section that has text."""
    url = reverse("courseware:lesson", args=[lesson.slug])
    passages = []
    for section in lesson.sections:
        if not section["id"]:
            passages.append(Passage.of(lesson.title, url, f"{lesson.summary} {section['text']}"))
        elif section["text"]:
            where = f"{url}#{section['id']}"
            passages.append(Passage.of(section["title"], where, section["text"], lesson.title))
    return Document(Kind.LESSON, lesson.slug, tuple(passages))


def term_document(term: TermSource) -> Document:
    url = f"{reverse('courseware:glossary')}#{term.slug}"
    return Document(Kind.TERM, term.slug, (Passage.of(term.title, url, term.text),))


def quiz_document(quiz: QuizSource) -> Document:
    """The stem of each question, and nothing else of it."""
    url = reverse("quizzes:quiz", args=[quiz.slug])
    stems = tuple(Passage.of(quiz.title, url, question.text) for question in quiz.questions)
    return Document(Kind.QUESTION, quiz.slug, stems)


def lab_document(lab: LabSource) -> Document:
    """The brief of the lab."""
    brief = " ".join(html.unescape(strip_tags(lab.brief)).split())
    passage = Passage.of(lab.definition["title"], reverse("labs:lab", args=[lab.slug]), brief)
    return Document(Kind.LAB, lab.slug, (passage,))


def planned_documents(module: ModuleSource) -> Iterator[Document]:
    """The lessons that this module will have, by title and by the words of the slug; they have no page."""
    for slug, title in module.planned.items():
        passage = Passage.of(title, "", slug.replace("-", " "), module.title)
        yield Document(Kind.PLANNED, slug, (passage,))

"""Quizzes from `content/quizzes/*.md` to the database: `read` checks and renders, `save` writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from django.db import transaction

from authoring import frontmatter, lines, text_files
from authoring.fields import SLUG, SLUG_FIX, Fields
from authoring.links import LinkResolver, NoLinks
from authoring.problems import Problems
from authoring.rendering.prose import NO_HEADING
from quizzes.form_size import form_size
from quizzes.loading.question_reader import read_question
from quizzes.loading.sources import Need, QuestionSource, QuizSource
from quizzes.models import QuestionRevision, Quiz
from quizzes.signals import quizzes_changed

_NEAR_HEADING = re.compile(r"[^\S\n]{0,3}(?:##(?!#)|\uff03\uff03)")
RESERVED = ("attempts",)
DERIVED = ("kind", "level", "tags", "definition", "stem", "hints", "explanation", "source")
"""Fields of a question's row that the program makes from the text, and brings up to date with each load."""


def read(folder: Path, problems: Problems, links: LinkResolver | None = None) -> list[QuizSource]:
    """Read all quizzes of a content folder, in the order of their names. Problems are added to `problems`.

    `needs` of a quiz lists the lessons and labs that it names. The caller, who knows lessons and labs, checks
    them. This needs no database; the one check that does is `check_origins`.
    """
    found = []
    for path in text_files.paths(folder / "quizzes", ".md", folder, problems):
        source = read_quiz(path, f"quizzes/{path.name}", problems, links or NoLinks())
        if source is not None:
            found.append(source)
    return found


def read_quiz(path: Path, file: str, problems: Problems, links: LinkResolver) -> QuizSource | None:
    """Read one quiz file. None if it cannot be read at all."""
    slug = path.stem
    if not SLUG.match(slug) or slug in RESERVED or len(slug) > 80:
        problems.add(file, 1, f'"{slug}" cannot be the address of a quiz', f"rename the file: {SLUG_FIX}")
    text = text_files.read(path, file, problems)
    return None if text is None else _read_text(text, slug, file, problems, links)


def _read_text(text: str, slug: str, file: str, problems: Problems, links: LinkResolver) -> QuizSource:
    table, body, first_line = frontmatter.split(text, file, problems)
    fields = Fields(table, file, problems, lambda key: frontmatter.line_of(text, key))
    quiz = {"title": fields.text("title", longest=160), "lesson": fields.slug("lesson")} if table else {}
    pass_mark = fields.whole("pass_mark", low=1, high=100) if table else 70
    fields.done()
    questions = _questions(body, first_line, file, problems, links)
    if not questions and table and "\n## " not in f"\n{body}":
        problems.add(file, first_line, "the quiz has no question", "begin one with a line ## its-id")
    size = form_size(questions)
    if not size.is_accepted:
        what = f"handed in at once, the quiz sends up to {size.fields} fields and {size.bytes >> 10} KiB"
        problems.add(file, 1, what, "split the quiz: no page would accept so much")
    needs = [Need("lesson", quiz["lesson"], fields.line_of("lesson"))] if quiz.get("lesson") else []
    needs += [need for question in questions for need in question.needs]
    return QuizSource(slug, file, quiz.get("title", ""), quiz.get("lesson", ""), pass_mark, questions, needs)


def _questions(
    body: str, first_line: int, file: str, problems: Problems, links: LinkResolver
) -> list[QuestionSource]:
    raws = body.splitlines()
    prose = [item for item in lines.read(body, first_line) if isinstance(item, lines.Line)]
    heads = [item.number for item in prose if item.raw.startswith("## ")]
    for item in prose:
        if item.number not in heads and _NEAR_HEADING.match(item.raw):
            problems.add(file, item.number, *NO_HEADING)
    before = raws[: (heads[0] if heads else first_line + len(raws)) - first_line]
    for number, raw in enumerate(before, first_line):
        if raw.strip():
            problems.add(file, number, "this text belongs to no question", "move it below a line ## its-id")
            break
    found: dict[str, QuestionSource] = {}
    for head, after in pairwise([*heads, first_line + len(raws)]):
        ident = raws[head - first_line][3:].strip()
        text = "\n".join(raws[head + 1 - first_line : after - first_line])
        question = read_question(ident, head, text, head + 1, file=file, problems=problems, links=links)
        if ident in found:
            problems.add(file, head, f'two questions have the id "{ident}"', "give this one another id")
        elif question is not None:
            found[ident] = question
    return list(found.values())


def check_origins(sources: Iterable[QuizSource], problems: Problems) -> None:
    """Report each file whose address a quiz of the studio has already."""
    in_studio = set(Quiz.objects.filter(origin=Quiz.Origin.STUDIO).values_list("slug", flat=True))
    for source in sources:
        if source.slug in in_studio:
            what = f'the address "{source.slug}" belongs to a quiz of the database that has no file'
            problems.add(source.file, 1, what, "rename the file")


def save(sources: Iterable[QuizSource]) -> None:
    """Publish these quizzes in one transaction, and unpublish the quizzes whose files are gone.

    Nothing is deleted, and saving the same again changes nothing. Quizzes of the studio are never touched:
    raises ValueError if a file has the address of one.
    """
    with transaction.atomic():
        quizzes = {quiz.slug: quiz for quiz in Quiz.objects.select_for_update()}
        loaded = set()
        for source in sources:
            loaded.add(source.slug)
            quiz = quizzes.get(source.slug) or Quiz(slug=source.slug, is_published=False)
            if quiz.origin != Quiz.Origin.FILE:
                message = f"{source.file}: the quiz {source.slug} was written in the studio"
                raise ValueError(message)
            _save_quiz(quiz, source)
        for slug, quiz in quizzes.items():
            if slug not in loaded and quiz.is_published and quiz.origin == Quiz.Origin.FILE:
                quiz.unpublish()


def _save_quiz(quiz: Quiz, source: QuizSource) -> None:
    if quiz._state.adding:
        quiz.save()
    questions, rendered_anew = [], False
    for question in source.questions:
        derived = {name: getattr(question, name) for name in DERIVED}
        row, changed = QuestionRevision.objects.keep_wording(
            quiz, question.id, question.digest(source.slug), derived
        )
        questions.append(row)
        rendered_anew |= changed
    published = quiz.publish(
        title=source.title, pass_mark=source.pass_mark, lesson=source.lesson, questions=questions
    )
    if rendered_anew and not published:
        quizzes_changed.send(sender=Quiz, slug=quiz.slug)

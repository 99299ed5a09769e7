"""From `content/quizzes/*.md` to the database: `read` checks and renders, `save` writes; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from authoring import frontmatter, lines
from authoring.fields import SLUG, SLUG_MEND, Fields
from authoring.links import LinkResolver, NoLinks
from authoring.problems import Problems
from quizzes.models import QuestionRevision, Quiz
from quizzes.questions import read_question
from quizzes.sources import Need, QuestionSource, QuizSource

RESERVED = ("attempts",)
LARGEST_FILE = 1 << 20


def read(folder: Path, problems: Problems, links: LinkResolver | None = None) -> list[QuizSource]:
    """All quizzes of a content folder, in the order of their names; what is wrong is added to `problems`.

    What a quiz needs of lessons and labs stands in `needs`, for those who know them to check.
    """
    found = []
    for path in sorted((folder / "quizzes").glob("*.md")):
        source = read_quiz(path, f"quizzes/{path.name}", problems, links or NoLinks())
        if source is not None:
            found.append(source)
    return found


def read_quiz(path: Path, file: str, problems: Problems, links: LinkResolver) -> QuizSource | None:
    """One quiz file; None where it cannot be read at all."""
    slug = path.stem
    if not SLUG.match(slug) or slug in RESERVED or len(slug) > 80:
        problems.add(file, 1, f'"{slug}" cannot be the address of a quiz', f"rename the file: {SLUG_MEND}")
    if path.stat().st_size > LARGEST_FILE:
        problems.add(file, 1, "the file is larger than 1 MiB", "split the quiz")
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.add(file, line, "the file is not UTF-8", "save it as UTF-8")
        return None
    return _read_text(text, slug, file, problems, links)


def _read_text(text: str, slug: str, file: str, problems: Problems, links: LinkResolver) -> QuizSource:
    table, body, first_line = frontmatter.split(text, file, problems)
    fields = Fields(table, file, problems, lambda key: frontmatter.line_of(text, key))
    quiz = {"title": fields.text("title", longest=160), "lesson": fields.slug("lesson")} if table else {}
    pass_mark = fields.whole("pass_mark", low=1, high=100) if table else 70
    fields.done()
    questions = _questions(body, first_line, file, problems, links)
    if not questions and table:
        problems.add(file, first_line, "the quiz has no question", "begin one with a line ## its-id")
    needs = [Need("lesson", quiz["lesson"], fields.line_of("lesson"))] if quiz.get("lesson") else []
    needs += [need for question in questions for need in question.needs]
    return QuizSource(slug, file, quiz.get("title", ""), quiz.get("lesson", ""), pass_mark, questions, needs)


def _questions(body: str, first_line: int, file: str, problems: Problems, links: LinkResolver) -> list[QuestionSource]:
    raws = body.splitlines()
    heads = [
        item.number
        for item in lines.read(body, first_line)
        if isinstance(item, lines.Line) and item.raw.startswith("## ")
    ]
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


def save(sources: Iterable[QuizSource]) -> None:
    """Make these the published quizzes, in one transaction; a quiz or question that is gone is unpublished, never deleted.

    Saving the same again changes nothing. A wording keeps its row; what the program derives from it (HTML, definition) is
    brought up to date, so that a better renderer reaches old attempts too.
    """
    with transaction.atomic():
        quizzes = {quiz.slug: quiz for quiz in Quiz.objects.all()}
        kept = set()
        for source in sources:
            kept.add(source.slug)
            _save_questions(_save_quiz(quizzes.get(source.slug), source), source)
        for slug, quiz in quizzes.items():
            if slug not in kept and quiz.is_published:
                quiz.is_published = False
                quiz.save(update_fields=["is_published"])


def _save_quiz(quiz: Quiz | None, source: QuizSource) -> Quiz:
    wanted = {"title": source.title, "lesson": source.lesson, "pass_mark": source.pass_mark, "is_published": True}
    if quiz is None:
        return Quiz.objects.create(slug=source.slug, **wanted)
    if any(getattr(quiz, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(quiz, name, value)
        quiz.updated_at = timezone.now()
        quiz.save()
    return quiz


def _save_questions(quiz: Quiz, source: QuizSource) -> None:
    rows = {(row.question, row.digest): row for row in quiz.revisions.all()}
    wanted: dict[int, int] = {}
    for place, question in enumerate(source.questions, 1):
        digest = question.digest(source.slug)
        derived = {
            "kind": question.kind,
            "level": question.level,
            "tags": question.tags,
            "definition": question.definition,
            "stem": question.stem,
            "hints": question.hints,
            "explanation": question.explanation,
            "source": question.source,
        }
        row = rows.get((question.id, digest))
        if row is None:
            row = QuestionRevision.objects.create(quiz=quiz, question=question.id, digest=digest, **derived)
        elif any(getattr(row, name) != value for name, value in derived.items()):
            for name, value in derived.items():
                setattr(row, name, value)
            row.save(update_fields=list(derived))
        wanted[row.pk] = place
    if wanted != {row.pk: row.place for row in rows.values() if row.place is not None}:
        # Places are unique, so all are vacated before they are given anew.
        quiz.revisions.update(place=None)
        for pk, place in wanted.items():
            QuestionRevision.objects.filter(pk=pk).update(place=place)
        Quiz.objects.filter(pk=quiz.pk).update(updated_at=timezone.now())

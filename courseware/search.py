"""Search over the course's public text: one interface, SQLite's FTS5 and PostgreSQL's full text behind it.

Nothing that a learner has to find out is ever indexed: no key, no feedback, no explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.urls import NoReverseMatch, reverse

from courseware.models import GlossaryTerm, Lesson, SearchEntry
from courseware.rooms import LabFacts, QuizFacts

LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_HITS = 50
_WORD = re.compile(r"[^\W_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ON, _OFF = "\x02", "\x03"

_SQLITE = """
    SELECT e.kind, e.context, e.title, e.url, snippet(courseware_search, 1, %s, %s, ' … ', 26)
    FROM courseware_search JOIN courseware_searchentry e ON e.id = courseware_search.rowid
    WHERE courseware_search MATCH %s ORDER BY bm25(courseware_search, 6.0, 1.0), e.id LIMIT %s
"""
_POSTGRESQL = """
    SELECT e.kind, e.context, e.title, e.url, ts_headline('english', e.text, q, %s)
    FROM courseware_searchentry e, to_tsquery('english', %s) q
    WHERE e.vector @@ q ORDER BY ts_rank(e.vector, q) DESC, e.id LIMIT %s
"""
_HEADLINE = f'StartSel="{_ON}", StopSel="{_OFF}", MaxWords=28, MinWords=14, MaxFragments=1'


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage. `snippet` is plain text in pieces: (text, whether it matched); pages escape it as any other text."""

    kind: str
    title: str
    url: str
    snippet: list[tuple[str, bool]]

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return str(SearchEntry.Kind(self.kind).label)


def words(query: str) -> list[str]:
    """What a query asks for: at most MOST_WORDS words of letters and digits, so that no sign has a meaning."""
    return _WORD.findall(query[:LONGEST_QUERY].lower())[:MOST_WORDS]


def search(query: str, limit: int = 20) -> list[Hit]:
    """The passages that hold all words of the query, the last one perhaps unfinished; else those that hold some."""
    asked = words(query)
    if not asked:
        return []
    limit = max(1, min(limit, MOST_HITS))
    return _ask(asked, limit, every=True) or (_ask(asked, limit, every=False) if len(asked) > 1 else [])


def _ask(asked: list[str], limit: int, *, every: bool) -> list[Hit]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            terms = (" & " if every else " | ").join(
                f"'{word}':*" if word == asked[-1] else f"'{word}'" for word in asked
            )
            cursor.execute(_POSTGRESQL, [_HEADLINE, terms, limit])
        else:
            terms = (" AND " if every else " OR ").join(
                f'"{word}"*' if word == asked[-1] else f'"{word}"' for word in asked
            )
            cursor.execute(_SQLITE, [_ON, _OFF, terms, limit])
        rows = cursor.fetchall()
    return [
        Hit(kind, f"{context}: {title}" if context else title, url, _pieces(snippet))
        for kind, context, title, url, snippet in rows
    ]


def _pieces(snippet: str) -> list[tuple[str, bool]]:
    """Cut a snippet at its marks; `acks_late` is one mark, not two."""
    snippet = re.sub(f"{_OFF}([_-]){_ON}", r"\1", snippet)
    return [
        (part.strip(_ON + _OFF), part.startswith(_ON)) for part in re.split(f"({_ON}[^{_OFF}]*{_OFF})", snippet) if part
    ]


def rebuild(quizzes: Iterable[QuizFacts], labs: Iterable[LabFacts]) -> None:
    """Index what is published now; called inside the transaction that saves it."""
    SearchEntry.objects.all().delete()
    entries = [*_lessons(), *_terms(), *_questions(quizzes), *_labs(labs)]
    for entry in entries:
        entry.title = _CONTROL.sub(" ", entry.title)[:300]
        entry.text = _CONTROL.sub(" ", entry.text)
    SearchEntry.objects.bulk_create(entries, batch_size=200)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO courseware_search(courseware_search) VALUES ('rebuild')")


def _page(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # the site has no such page: nothing to find there
        return ""


def _lessons() -> Iterator[SearchEntry]:
    for lesson in Lesson.objects.published().only("slug", "title", "summary", "sections"):
        url = lesson.get_absolute_url()
        for section in lesson.sections:
            if not section["id"]:
                text = f"{lesson.summary} {section['text']}"
                yield SearchEntry(kind=SearchEntry.Kind.LESSON, title=lesson.title, url=url, text=text)
            elif section["text"]:
                yield SearchEntry(
                    kind=SearchEntry.Kind.LESSON,
                    context=lesson.title,
                    title=section["title"],
                    url=f"{url}#{section['id']}",
                    text=section["text"],
                )


def _terms() -> Iterator[SearchEntry]:
    for term in GlossaryTerm.objects.published():
        yield SearchEntry(kind=SearchEntry.Kind.TERM, title=term.title, url=term.get_absolute_url(), text=term.text)


def _questions(quizzes: Iterable[QuizFacts]) -> Iterator[SearchEntry]:
    for quiz in quizzes:
        if url := _page("quizzes:quiz", quiz.slug):
            for stem in quiz.questions.values():
                yield SearchEntry(kind=SearchEntry.Kind.QUESTION, title=quiz.title, url=url, text=stem)


def _labs(labs: Iterable[LabFacts]) -> Iterator[SearchEntry]:
    for lab in labs:
        if url := _page("labs:lab", lab.slug):
            yield SearchEntry(kind=SearchEntry.Kind.LAB, title=lab.title, url=url, text=lab.text)

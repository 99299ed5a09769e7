"""Queries to the search index: one function for SQLite's FTS5 and PostgreSQL's full-text search."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import connection

from courseware.models import SearchDocument
from courseware.search.spelling import correction
from courseware.search.synonyms import Phrase, alternatives

LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_HITS = 50
Term = tuple[Phrase, ...]
Snippet = list[tuple[str, bool]]
_WORD = re.compile(r"[^\W_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ON, _OFF = "\x02", "\x03"

_SQLITE = """
    SELECT d.kind, e.context, e.title, e.url, snippet(courseware_search, 1, %s, %s, ' … ', 26)
    FROM courseware_search JOIN courseware_searchentry e ON e.id = courseware_search.rowid
    JOIN courseware_searchdocument d ON d.id = e.document_id
    WHERE courseware_search MATCH %s
    ORDER BY d.kind = 'planned', bm25(courseware_search, 6.0, 1.0), e.id LIMIT %s
"""
_POSTGRESQL = """
    SELECT d.kind, e.context, e.title, e.url, ts_headline('english', e.text, q, %s)
    FROM courseware_searchentry e JOIN courseware_searchdocument d ON d.id = e.document_id,
    to_tsquery('english', %s) q
    WHERE e.vector @@ q ORDER BY d.kind = 'planned', ts_rank(e.vector, q) DESC, e.id LIMIT %s
"""
_HEADLINE = f'StartSel="{_ON}", StopSel="{_OFF}", MaxWords=28, MinWords=14, MaxFragments=1'


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of the course. `snippet` is plain text in pieces: (text, whether it matched); pages escape it
    like any other text. `more` are those of the other passages that were found at the same place, for example
    of the other questions of a quiz: a title and its address are listed once. A planned lesson has no `url`.
    """

    kind: str
    title: str
    url: str
    snippet: Snippet
    more: tuple[Snippet, ...] = ()

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return str(SearchDocument.Kind(self.kind).label)


def words(query: str) -> list[str]:
    """The first MOST_WORDS words of the query, in lower case. Only letters and digits remain, so nothing in a
    query has a special meaning for the database.
    """
    return _WORD.findall(query[:LONGEST_QUERY].lower())[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a query. `corrected` is the query that has them where a word was mistyped, else ""."""

    hits: list[Hit]
    corrected: str = ""


def find(query: str, limit: int = 20) -> Found:
    """The passages with all words of the query, then those with synonyms of them.

    If there are none, mistyped words are corrected; if there are still none, some of the words are enough.
    The last word may be unfinished.
    """
    wanted = words(query)
    if not wanted:
        return Found([])
    limit = max(1, min(limit, MOST_HITS))
    if hits := _every(wanted, limit):
        return Found(hits)
    meant = [word if _hits([((word,),)], 1) else correction(word) or word for word in wanted]
    corrected = " ".join(meant) if meant != wanted else ""
    if corrected and (hits := _every(meant, limit)):
        return Found(hits, corrected)
    if len(wanted) > 1 and (hits := _hits(alternatives(meant), limit, every=False)):
        return Found(hits, corrected)
    return Found([])


def _every(wanted: list[str], limit: int) -> list[Hit]:
    """Passages with all words; after those with the words themselves, those with a synonym; planned lessons
    are last.
    """
    exact = _hits([((word,),) for word in wanted], limit)
    terms = alternatives(wanted)
    if len(exact) >= limit or all(len(term) == 1 for term in terms):
        return exact
    seen = {(hit.url, hit.title) for hit in exact}
    more = [hit for hit in _hits(terms, limit) if (hit.url, hit.title) not in seen]
    return sorted([*exact, *more], key=lambda hit: hit.kind == SearchDocument.Kind.PLANNED)[:limit]


def _hits(terms: list[Term], limit: int, *, every: bool = True) -> list[Hit]:
    """Passages with each of these terms, or any. A term is met by any of its phrases."""
    phrase, sql, (both, either) = _DIALECTS[connection.vendor]
    met = [
        either.join(phrase(words, last and not place) for place, words in enumerate(term))
        for term, last in zip(terms, [*[False] * (len(terms) - 1), True], strict=True)
    ]
    asked = (both if every else either).join(f"({one})" for one in met)
    markers = [_HEADLINE] if connection.vendor == "postgresql" else [_ON, _OFF]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*markers, asked, limit])
        rows = cursor.fetchall()
    return _once(
        Hit(kind, f"{context}: {title}" if context not in ("", title) else title, url, _pieces(snippet))
        for kind, context, title, url, snippet in rows
    )


def _once(hits: Iterable[Hit]) -> list[Hit]:
    """Each place once, where its best passage is."""
    places: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        place = (hit.url, hit.title)
        first = places.get(place)
        places[place] = replace(first, more=(*first.more, hit.snippet)) if first else hit
    return list(places.values())


def _sqlite_phrase(words: Phrase, unfinished: bool) -> str:
    return f'"{" ".join(words)}"' + "*" * unfinished


def _postgresql_phrase(words: Phrase, unfinished: bool) -> str:
    return " <-> ".join(f"'{word}'" for word in words) + ":*" * unfinished


_DIALECTS = {
    "sqlite": (_sqlite_phrase, _SQLITE, (" AND ", " OR ")),
    "postgresql": (_postgresql_phrase, _POSTGRESQL, (" & ", " | ")),
}


def _pieces(snippet: str) -> Snippet:
    """Cut a snippet at its markers; `acks_late` is one piece, not two."""
    snippet = re.sub(f"{_OFF}([_-]){_ON}", r"\1", snippet)
    return [
        (part.strip(_ON + _OFF), part.startswith(_ON))
        for part in re.split(f"({_ON}[^{_OFF}]*{_OFF})", snippet)
        if part
    ]

"""The search index, changed document by document. The caller holds the transaction.

The database keeps the full-text index equal to the entries: by triggers of an FTS5 table on SQLite, by a
generated column on PostgreSQL (migrations 0002 and 0003).
"""

from __future__ import annotations

from collections.abc import Iterable

from courseware.models import GlossaryTerm, Lesson, SearchDocument, SearchEntry, SearchWord
from courseware.search.documents import Document
from courseware.search.spelling import vocabulary
from labs.models import Lab
from quizzes.models import Quiz

Kind = SearchDocument.Kind


def put(documents: Iterable[Document]) -> None:
    """Index these documents. A document whose text did not change is not written at all."""
    indexed = {(row.kind, row.slug): row for row in SearchDocument.objects.all()}
    entries, spelled = [], []
    for document in documents:
        row, digest = indexed.get((document.kind, document.slug)), document.digest
        if row is not None and row.digest == digest:
            continue
        if row is None:
            row = SearchDocument(kind=document.kind, slug=document.slug)
        else:
            row.entries.all().delete()
            row.words.all().delete()
        row.digest = digest
        row.save()
        entries += [
            SearchEntry(
                document=row, title=found.title, context=found.context, url=found.url, text=found.text
            )
            for found in document.passages
        ]
        texts = [text for found in document.passages for text in (found.title, found.text)]
        spelled += [
            SearchWord(document=row, word=word, length=len(word)) for word in sorted(vocabulary(texts))
        ]
    SearchEntry.objects.bulk_create(entries, batch_size=200)
    SearchWord.objects.bulk_create(spelled, batch_size=250)


def remove(kind: SearchDocument.Kind, slug: str) -> None:
    """Take one document out of the index; nothing happens when it is not in there."""
    SearchDocument.objects.filter(kind=kind, slug=slug).delete()


def remove_all_but(kind: SearchDocument.Kind, slugs: Iterable[str]) -> None:
    """Take out every document of this kind that has none of these slugs."""
    SearchDocument.objects.filter(kind=kind).exclude(slug__in=slugs).delete()


def remove_unpublished() -> None:
    """Take out every document whose lesson, term, quiz or lab is not published."""
    published = {
        Kind.LESSON: Lesson.objects.published(),
        Kind.TERM: GlossaryTerm.objects.published(),
        Kind.QUESTION: Quiz.objects.published(),
        Kind.LAB: Lab.objects.filter(published=True),
    }
    for kind, rows in published.items():
        remove_all_but(kind, rows.values_list("slug"))

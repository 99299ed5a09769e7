"""What the search index stores: documents, each a set of passages."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import astuple, dataclass

from courseware.models import SearchDocument

LONGEST_TITLE = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """One possible hit. `context` is the title of what the passage is part of, or "". `url` is "" where no
    page is yet.
    """

    title: str
    url: str
    text: str
    context: str = ""

    @classmethod
    def of(cls, title: str, url: str, text: str, context: str = "") -> Passage:
        """A passage without control characters, because snippets mark words with two of them."""
        return cls(_CONTROL.sub(" ", title)[:LONGEST_TITLE], url, _CONTROL.sub(" ", text), context)


@dataclass(frozen=True, slots=True)
class Document:
    """All passages of one lesson, term, quiz, lab or planned lesson."""

    kind: SearchDocument.Kind
    slug: str
    passages: tuple[Passage, ...]

    @property
    def digest(self) -> str:
        """SHA-256 in hex of everything that the index stores of this document."""
        content = json.dumps([astuple(passage) for passage in self.passages])
        return hashlib.sha256(content.encode()).hexdigest()

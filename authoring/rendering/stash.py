"""Keeps the fragments that we made ourselves aside while prose is sanitised, and puts them back after it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator


class Stash:
    """Keeps trusted HTML. In the text, a placeholder word that no author can guess is in its place."""

    def __init__(self) -> None:
        self._nonce = f"held{secrets.token_hex(12)}"
        self._html: list[str] = []
        self._text: list[str] = []
        word = rf"{self._nonce}x(\d+)x"
        self._token = re.compile(rf"<div>{word}</div>|{word}")

    def hold(self, html: str, text: str = "") -> str:
        """Keep a fragment. Returns the word to put into the text in its place. `text` is the fragment's plain
        text, for search.
        """
        self._html.append(html)
        self._text.append(text)
        return f"{self._nonce}x{len(self._html) - 1}x"

    def _replace(self, held: list[str]) -> Callable[[re.Match[str]], str]:
        return lambda match: held[int(match[1] or match[2])]

    def insert(self, html: str) -> str:
        """Put the fragments back into sanitised HTML."""
        return self._token.sub(self._replace(self._html), html)

    def plain(self, text: str) -> str:
        """Put the fragments' texts into plain text."""
        return self._token.sub(self._replace(self._text), text)

    def pieces(self, html: str, cuts: dict[str, int]) -> Iterator[str | int]:
        """Cut sanitised HTML at the words of `cuts`. Yields the HTML before a word, then the word's number,
        and at last the rest of the HTML.
        """
        rest = html
        for token, number in cuts.items():
            before, _, rest = rest.partition(f"<div>{token}</div>")
            yield before
            yield number
        yield rest

"""The authoring guide, docs/authoring.md, rendered as a lesson is: instructors read it in the studio."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from authoring.links import NoLinks
from authoring.problems import Problems
from authoring.rendering.markdown import render
from authoring.rendering.rendered import Heading

FILE = "docs/authoring.md"
_MARK_OF_A_TABLE = re.compile("^<!--.*-->$", re.MULTILINE)


class Guide(NamedTuple):
    """`headings` are those of the second level. `problems` is empty unless the guide breaks its own rules."""

    title: str
    html: str
    headings: list[Heading]
    problems: Problems


def guide() -> Guide:
    """The guide as it is on the disk now. Raises `OSError` where it is not installed."""
    path = Path(settings.BASE_DIR) / FILE
    return _rendered(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _rendered(path: Path, _changed_at: int) -> Guide:
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    problems = Problems()
    text = _MARK_OF_A_TABLE.sub("", body)  # for the tests of the guide
    found = render(text, file=FILE, first_line=2, problems=problems, links=NoLinks(), trusted=False)
    headings = [heading for heading in found.headings if heading.level == 2]
    return Guide(title.removeprefix("# "), found.html, headings, problems)

"""Reads interview packs as far as lessons need them: the ids of questions to link to."""

from __future__ import annotations

import re

from authoring import entries, frontmatter, lines
from authoring.code import listings
from authoring.fields import Fields
from authoring.problems import Problems, nearest
from authoring.rendering import prose

KINDS = ("open", "code", "predict")
FORMATS = ("explain", "code", "debug", "estimate", "architecture")
LEVELS = ("junior", "mid", "senior")
_SECTION = re.compile(r"^### +(.*?) *$", re.MULTILINE)


def read(text: str, file: str, lessons: set[str], problems: Problems) -> list[str]:
    """The ids of a pack's questions. `lessons` are the slugs that a question may name."""
    front, body, first_line = frontmatter.split(text, file, problems)
    fields = Fields(front, file, problems, lambda key: frontmatter.line_of(text, key))
    if front:
        fields.text("title")
        fields.text("summary", longest=400, required=False)
        fields.whole("minutes", low=5, high=240)
        fields.asked.add("draw")
        draw = front.get("draw")
        if not isinstance(draw, dict) or not all(isinstance(number, int) for number in draw.values()):
            fields.refuse(
                "draw", '"draw" is not a number by level', "write draw = { junior = 1, mid = 3, senior = 2 }"
            )
        else:
            for level in draw:
                if level not in LEVELS:
                    fields.refuse("draw", f'there is no level "{level}"', nearest(level, LEVELS))
        fields.done()
    found = entries.read(body, first_line, file, problems)
    for entry in found:
        _check(entry, file, lessons, problems)
    if not found:
        problems.add(file, first_line, "the pack has no question", "begin one with ## <id>")
    return [entry.id for entry in found]


def _check(entry: entries.Entry, file: str, lessons: set[str], problems: Problems) -> None:
    items = list(lines.read(entry.body, entry.body_line))
    prose.check(items, file, problems, trusted=False)
    listings.check((item for item in items if isinstance(item, lines.Fence)), file, problems)
    if entry.table is None:
        return
    fields = entry.fields(file, problems)
    for key, allowed in (("kind", KINDS), ("format", FORMATS), ("level", LEVELS)):
        if (value := fields.text(key, among=allowed)) and value not in allowed:
            fields.refuse(key, f'there is no {key} "{value}"', nearest(value, allowed))
    lesson = fields.slug("lesson", required=False)
    if lesson and lesson not in lessons:
        fields.refuse("lesson", f'there is no lesson "{lesson}"', nearest(lesson, lessons))
    sections = set(_SECTION.findall(entry.body))
    for needed in ("Rubric", "Model answer"):
        if needed not in sections and entry.table.get("kind") == "open":
            problems.add(file, entry.line, f'"{entry.id}" has no "### {needed}"', f"add ### {needed}")

"""Reads `glossary.md`: each term has `title`, perhaps `see = ["other-id"]`, and a definition."""

from __future__ import annotations

from dataclasses import dataclass

from authoring import entries, frontmatter
from authoring.links import LinkResolver
from authoring.problems import Problems, nearest
from authoring.rendering import markdown
from authoring.rendering.rendered import Rendered

FILE = "glossary.md"
LONGEST = 1200
"""Characters of a definition. Longer explanations belong in a lesson."""


@dataclass(frozen=True, slots=True)
class TermSource:
    """One term as it will be saved."""

    slug: str
    title: str
    html: str
    text: str
    see_also: list[str]


def read_entries(text: str, problems: Problems) -> list[entries.Entry]:
    """The file's entries; their ids are the terms that may be linked."""
    front, body, first_line = frontmatter.split(text, FILE, problems)
    for key in front:
        if key != "title":
            problems.add(
                FILE, frontmatter.line_of(text, key), f'"{key}" is not a key here', "keep only title"
            )
    return entries.read(body, first_line, FILE, problems)


def read(found: list[entries.Entry], links: LinkResolver, problems: Problems) -> list[TermSource]:
    """Render the definitions."""
    terms: list[TermSource] = []
    titles: dict[str, str] = {}
    known = {entry.id for entry in found}
    for entry in found:
        title, see = _settings(entry, known, titles, problems)
        titles[title.casefold()] = entry.id
        rendered = _definition(entry, links, problems)
        terms.append(TermSource(entry.id, title, rendered.html, rendered.text, see))
    return terms


def _settings(
    entry: entries.Entry, known: set[str], titles: dict[str, str], problems: Problems
) -> tuple[str, list[str]]:
    """What the entry's TOML says: title and see also. `titles` maps titles that were used before to ids."""
    if entry.table is None:
        return "", []
    fields = entry.fields(FILE, problems)
    title = fields.text("title", longest=120)
    see = fields.texts("see", required=False)
    fields.done()
    for slug in see:
        if slug not in known:
            fields.refuse("see", f'there is no glossary term "{slug}"', nearest(slug, known))
    if title and title.casefold() in titles:
        fields.refuse("title", f'"{titles[title.casefold()]}" has this title too', "define each term once")
    return title, see


def _definition(entry: entries.Entry, links: LinkResolver, problems: Problems) -> Rendered:
    if not entry.body.strip():
        problems.add(
            FILE, entry.line, f'the term "{entry.id}" has no definition', "write it under the toml block"
        )
    elif len(entry.body.strip()) > LONGEST:
        fix = f"keep it under {LONGEST} characters"
        problems.add(FILE, entry.body_line, f'the definition of "{entry.id}" is too long', fix)
    rendered = markdown.render(
        entry.body,
        file=FILE,
        first_line=entry.body_line,
        problems=problems,
        links=links,
        trusted=True,
        prefix=f"{entry.id}-",
    )
    for heading in rendered.headings:
        problems.add(
            FILE, entry.line, f'a heading "{heading.title}" is in a term', "write a short definition"
        )
    for mount in rendered.mounts:
        problems.add(FILE, mount.line, f"::: {mount.kind} is in a term", "it belongs to lessons")
    for drawn in rendered.recorded:
        problems.add(FILE, drawn.line, "::: sequence with trace: is in a term", "it belongs to lessons")
    return rendered

"""Reads `course.toml`: the modules in order, their lessons, and planned lessons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from authoring import frontmatter
from authoring.fields import SLUG, SLUG_FIX, Fields
from authoring.problems import Problems

FILE = "course.toml"


@dataclass(slots=True)
class ModuleSource:
    """One `[[module]]`; `planned` maps the slug of a lesson without a file to its title."""

    number: int
    slug: str
    title: str
    summary: str
    lessons: list[str]
    planned: dict[str, str]


@dataclass(slots=True)
class CourseSource:
    """The whole file; `lines` maps each lesson's slug to its line."""

    modules: list[ModuleSource] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def lessons(self) -> list[str]:
        """The slugs of all lessons in order."""
        return [slug for module in self.modules for slug in module.lessons]

    @property
    def planned(self) -> dict[str, str]:
        """The titles of all planned lessons by slug."""
        return {slug: title for module in self.modules for slug, title in module.planned.items()}


def read(text: str, problems: Problems) -> CourseSource:
    """Read the file's text."""
    course = CourseSource()
    table = frontmatter.parse(text, FILE, problems)
    if table is None:
        return course
    fields = Fields(table, FILE, problems, lambda key: frontmatter.line_of(text, key))
    fields.text("title", longest=120)
    modules = fields.tables("module", required=True)
    fields.done()
    heads = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(r"\s*\[\[\s*module\s*\]\]", line)
    ]
    for place, module in enumerate(modules):
        line = heads[place] if place < len(heads) else 1
        course.modules.append(_module(module, place + 1, line, text, course, problems))
    slugs = [module.slug for module in course.modules if module.slug]
    for place, slug in enumerate(slugs):
        if slug in slugs[:place]:
            problems.add(
                FILE, heads[place], f'two modules are "{slug}"', "give each module a slug of its own"
            )
    return course


def _module(
    table: dict[str, Any], number: int, line: int, text: str, course: CourseSource, problems: Problems
) -> ModuleSource:
    fields = Fields(table, FILE, problems, lambda key: frontmatter.line_of(text, key, after=line))
    given = fields.whole("number", low=1, high=99)
    if given and given != number:
        fields.refuse(
            "number", f"module {given} is in place {number}", f"write number = {number}, or move it"
        )
    module = ModuleSource(
        number=number,
        slug=fields.slug("slug"),
        title=fields.text("title", longest=120),
        summary=fields.text("summary", longest=300),
        lessons=fields.texts("lessons", fewest=0, most=40),
        planned={},
    )
    for entry in fields.tables("planned"):
        _planned(entry, line, text, module, problems)
    fields.done()
    for slug in [*module.lessons, *module.planned]:
        at = _line_of_slug(text, slug, line)
        if not SLUG.match(slug):
            problems.add(FILE, at, f'"{slug}" is not a slug', SLUG_FIX)
        if slug in course.lines:
            problems.add(
                FILE, at, f'the lesson "{slug}" is listed twice', "list it once, as written or as planned"
            )
        course.lines.setdefault(slug, at)
    if len(set(module.lessons)) < len(module.lessons) or set(module.lessons) & set(module.planned):
        at = frontmatter.line_of(text, "lessons", after=line)
        problems.add(
            FILE, at, "a lesson is listed twice in this module", "list it once, as written or as planned"
        )
    return module


def _planned(entry: dict[str, Any], line: int, text: str, module: ModuleSource, problems: Problems) -> None:
    named = entry.get("slug")
    at = (
        _line_of_slug(text, named, line)
        if isinstance(named, str)
        else frontmatter.line_of(text, "planned", after=line)
    )
    fields = Fields(entry, FILE, problems, lambda key: at)
    slug, title = fields.slug("slug"), fields.text("title", longest=160)
    fields.done()
    if slug:
        module.planned[slug] = title


def _line_of_slug(text: str, slug: str, after: int) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if number >= after and f'"{slug}"' in line:
            return number
    return after

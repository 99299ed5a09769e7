"""A lesson's file: its name, its front matter, its body."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from authoring import frontmatter
from authoring.fields import Fields
from authoring.figures.sequence import Sequence
from authoring.links import LinkResolver
from authoring.problems import Problems, nearest
from authoring.rendering import markdown
from authoring.rendering.rendered import Mount
from sandbox.process_kinds import SYSTEMS

NAME = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md\Z")


@dataclass(slots=True)
class LessonSource:
    """One lesson as it will be saved; `mounts` and `recorded` are kept for the cross checks."""

    file: str
    number: int
    slug: str
    source: str
    body: str
    body_line: int
    title: str = ""
    summary: str = ""
    objectives: list[str] = field(default_factory=list)
    minutes: int = 0
    systems: list[str] = field(default_factory=list)
    lab: str = ""
    quiz: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    toc: list[dict[str, Any]] = field(default_factory=list)
    sections: list[dict[str, Any]] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    recorded: list[Sequence] = field(default_factory=list)

    @property
    def content_hash(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def line_of(self, key: str) -> int:
        """Where the front matter sets a key."""
        return frontmatter.line_of(self.source, key)


def read(text: str, file: str, problems: Problems) -> LessonSource | None:
    """Read the name and the front matter. None if the file's name is not one of a lesson."""
    name = NAME.match(file.rpartition("/")[2])
    if name is None:
        problems.add(
            file,
            1,
            "this is not the name of a lesson's file",
            "name it <two digits>-<slug>.md, as 09-visibility-timeout.md",
        )
        return None
    front, body, first_line = frontmatter.split(text, file, problems)
    lesson = LessonSource(file, int(name[1]), name[2], text, body, first_line)
    if not front:
        return lesson
    fields = Fields(front, file, problems, lesson.line_of)
    lesson.title = fields.text("title", longest=160)
    lesson.summary = fields.text("summary", longest=300)
    lesson.objectives = fields.texts("objectives", most=8)
    lesson.minutes = fields.whole("minutes", low=1, high=90)
    lesson.systems = fields.texts("systems")
    for system in lesson.systems:
        if system not in SYSTEMS:
            fields.refuse("systems", f'there is no system "{system}"', nearest(system, SYSTEMS))
    lesson.lab = fields.slug("lab", required=False)
    lesson.quiz = fields.slug("quiz", required=False)
    fields.done()
    if lesson.lab and lesson.lab != lesson.slug:
        fields.refuse(
            "lab",
            f'the lab of this lesson is "{lesson.lab}"',
            f'a lab has its lesson\'s slug: "{lesson.slug}"',
        )
    if not body.strip():
        problems.add(file, first_line, "the lesson has no text", "write it under the front matter")
    return lesson


def render(lesson: LessonSource, links: LinkResolver, problems: Problems) -> None:
    """Render the body into the lesson's `parts`, `toc` and `sections`."""
    rendered = markdown.render(
        lesson.body,
        file=lesson.file,
        first_line=lesson.body_line,
        problems=problems,
        links=links,
        trusted=True,
    )
    lesson.mounts, lesson.recorded = rendered.mounts, rendered.recorded
    lesson.parts = [_part(part) for part in rendered.parts]
    lesson.toc = [asdict(heading) for heading in rendered.headings if heading.level in (2, 3)]
    lesson.sections = [asdict(section) for section in rendered.sections]


def _part(part: str | Mount) -> dict[str, Any]:
    if isinstance(part, str):
        return {"kind": "html", "html": part}
    if part.kind == "lab":
        return {"kind": "lab", "lab": part.lab}
    return {"kind": "quick-check", "quiz": part.quiz, "question": part.question}

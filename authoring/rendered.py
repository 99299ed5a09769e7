"""What a rendered text consists of."""

from __future__ import annotations

from dataclasses import dataclass, field

from authoring.links import Reference


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second to fourth level."""

    id: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Mount:
    """A place where a page puts something that lives: `kind` is `quick-check` or `lab`."""

    kind: str
    line: int
    quiz: str = ""
    question: str = ""
    lab: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The plain text under one heading; the text before the first has the id ""."""

    id: str
    title: str
    text: str


@dataclass(slots=True)
class Rendered:
    """What a text became. `parts` are HTML and mounts in order; `html` has `<div data-mount="n"></div>` for mount n."""

    html: str = ""
    parts: list[str | Mount] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The plain text of the whole."""
        return "\n".join(section.text for section in self.sections if section.text)

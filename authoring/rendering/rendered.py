"""The result of rendering a text."""

from __future__ import annotations

from dataclasses import dataclass, field

from authoring.figures.sequence import Sequence
from authoring.links import Reference


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second to fourth level."""

    id: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Mount:
    """A place in a text where a page puts a quick check or a lab; `kind` is `quick-check` or `lab`."""

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
    """A rendered text. `parts` are its HTML and its mounts in order. `html` is all of it, with `<div
    data-mount="n"></div>` in the place of mount n.
    """

    html: str = ""
    parts: list[str | Mount] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    mounts: list[Mount] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    recorded: list[Sequence] = field(default_factory=list)
    """The figures of recorded runs, to be compared with these."""

    @property
    def text(self) -> str:
        """The plain text of all sections."""
        return "\n".join(section.text for section in self.sections if section.text)

"""One question of a quiz file, from its text to a QuestionSource; each mistake is reported with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authoring import frontmatter, lines
from authoring.fields import SLUG, Fields
from authoring.links import LinkResolver
from authoring.problems import Problems, nearest
from authoring.rendering import markdown
from authoring.rendering.rendered import Rendered
from quizzes.grammar.author import AuthoredQuestion, Piece, is_entry, read_entries
from quizzes.grammar.variants import TOKEN, Expressions
from quizzes.kinds import KINDS, Kind, Variant
from quizzes.loading import parameters
from quizzes.loading.parameters import Params
from quizzes.loading.sources import Need, QuestionSource
from quizzes.loading.variant_checks import check_variants

LEVELS = ("junior", "mid", "senior")
_SECTION = re.compile(r"###\s+(?P<title>.*\S)\s*$")
_NEAR_SECTION = re.compile(r"#{4,6}\s*(?:Hint|Explanation|Rubric|Model answer)\s*#*\s*\Z", re.IGNORECASE)
GOOD_NAME = "use small letters, digits and single hyphens"


@dataclass
class _Reader:
    """Reads one question. `problems` is its own: its messages contain tokens until `read_question` ends."""

    file: str
    id: str
    line: int
    body: str
    first_line: int
    links: LinkResolver
    problems: Problems = field(default_factory=Problems)
    expressions: Expressions = field(default_factory=Expressions)
    fragments: int = 0

    def add(self, line: int, what: str, fix: str) -> None:
        self.problems.add(self.file, line, what, fix)

    def render(self, text: str, line: int) -> str:
        return self.rendered(text, line).html

    def rendered(self, text: str, line: int) -> Rendered:
        self.fragments += 1  # fragments and questions of one page share no id; slugs hold no colon
        return markdown.render(
            text,
            file=self.file,
            first_line=line,
            problems=self.problems,
            links=self.links,
            trusted=False,
            prefix=f"text:{Path(self.file).stem}:{self.id}:{self.fragments}:",
        )

    def settings(self) -> tuple[Fields, dict[str, Any], lines.Fence] | None:
        """The TOML block that begins the question: its fields, its parameters, and the block itself."""
        first = next(
            (
                item
                for item in lines.read(self.body, self.first_line)
                if isinstance(item, lines.Fence) or item.raw.strip()
            ),
            None,
        )
        if not isinstance(first, lines.Fence) or first.info != "toml":
            self.add(
                self.line,
                f'the question "{self.id}" does not begin with its settings',
                "write a ```toml block",
            )
            return None
        if not first.closed:
            self.add(first.line, "the toml block does not end", "close it with ```")
            return None
        block = "\n".join(first.code)
        table = frontmatter.parse(block, self.file, self.problems, first_line=first.line + 1)
        if table is None:
            return None
        has_params = "params" in table
        start = frontmatter.line_of(block, "params")
        params = parameters.read(
            table, self.add, lambda key: first.line + frontmatter.line_of(block, key, after=start)
        )
        if has_params:
            table = self.with_tokens(table)
        fields = Fields(
            table, self.file, self.problems, lambda key: first.line + frontmatter.line_of(block, key)
        )
        return fields, params if has_params else {}, first

    def with_tokens(self, value: Any) -> Any:
        """A TOML value with tokens in place of expressions."""
        if isinstance(value, str):
            return self.expressions.put_tokens(value)
        if isinstance(value, list):
            return [self.with_tokens(item) for item in value]
        if isinstance(value, dict):
            return {key: self.with_tokens(item) for key, item in value.items()}
        return value

    def prose(
        self, after: int, kind: Kind, *, with_tokens: bool
    ) -> tuple[Piece, list[tuple[int, str]], dict[str, list[Piece]]]:
        """The text after the settings: the stem, the lines of the list, the pieces under each ### heading."""
        text = "\n".join(self.body.splitlines()[after - self.first_line + 1 :])
        if TOKEN.search(text):
            self.add(
                after, "the question holds a word that is kept for parameters", "write BBVALUE differently"
            )
        raws = (self.expressions.put_tokens(text) if with_tokens else text).splitlines()
        numbered = list(enumerate(raws, after + 1))
        prose = {
            item.number for item in lines.read("\n".join(raws), after + 1) if isinstance(item, lines.Line)
        }
        parts: list[tuple[str, int, list[tuple[int, str]]]] = [("", after + 1, [])]
        for number, raw in numbered:
            if number in prose and _NEAR_SECTION.match(raw):
                self.add(number, "this heading begins no section", "write it with ###")
            if number in prose and (heading := _SECTION.match(raw)):
                parts.append((heading["title"], number + 1, []))
            else:
                parts[-1][2].append((number, raw))
        head = parts[0][2]
        cut = next(
            (at for at, (n, raw) in enumerate(head) if n in prose and is_entry(raw, kind.list_form)),
            len(head),
        )
        stem = Piece("\n".join(raw for _, raw in head[:cut]), after + 1)
        sections: dict[str, list[Piece]] = {}
        for title, line, found in parts[1:]:
            sections.setdefault(title, []).append(Piece("\n".join(raw for _, raw in found), line))
        return stem, head[cut:], sections

    def check_sections(self, kind: Kind, sections: dict[str, list[Piece]]) -> None:
        known = {"Hint", "Explanation", *kind.sections}
        for title, pieces in sections.items():
            if title not in known:
                self.add(
                    pieces[0].line - 1,
                    f'a {kind.name} question has no section "{title}"',
                    nearest(title, known),
                )
            if title != "Hint" and len(pieces) > 1:
                self.add(pieces[1].line - 1, f'there are {len(pieces)} sections "{title}"', "keep one")
            for piece in pieces:
                if not piece.text.strip():
                    self.add(
                        piece.line - 1, f'the section "{title}" is empty', "write it, or remove its heading"
                    )
        if "Model answer" in kind.sections and not {"Model answer", "Explanation"} & set(sections):
            what = f'the question "{self.id}" has no model answer'
            self.add(self.line, what, "write ### Model answer (or ### Explanation)")
        elif "Model answer" not in kind.sections and "Explanation" not in sections:
            fix = "write ### Explanation with the mechanism that makes the answer right"
            self.add(self.line, f'the question "{self.id}" has no explanation', fix)


def read_question(
    id: str, line: int, body: str, first_line: int, *, file: str, problems: Problems, links: LinkResolver
) -> QuestionSource | None:
    """Read the text under `## id`; its body begins at line `first_line`. None if it cannot be read at all."""
    reader = _Reader(file, id, line, body, first_line, links)
    found = _read(reader)
    for problem in reader.problems:
        as_written = reader.expressions.take_tokens_out
        problems.add(problem.file, problem.line, as_written(problem.what), as_written(problem.fix))
    return found


def _read(reader: _Reader) -> QuestionSource | None:
    if not SLUG.match(reader.id) or len(reader.id) > 80:
        reader.add(reader.line, f'"{reader.id}" is not a valid id', GOOD_NAME)
    read = reader.settings()
    if read is None:
        return None
    fields, params, block = read
    name = fields.text("kind", among=KINDS)
    if name not in KINDS:
        if name:
            fields.refuse("kind", f'there is no kind "{name}"', nearest(name, KINDS))
        return None
    kind = KINDS[name]
    level = fields.text("level", among=LEVELS)
    if level and level not in LEVELS:
        fields.refuse("level", f'there is no level "{level}"', nearest(level, LEVELS))
    tags = fields.texts("tags", required=False)
    if bad := [tag for tag in tags if not SLUG.match(tag)]:
        fields.refuse("tags", f'"{bad[0]}" is not a valid tag', GOOD_NAME)
    stem, listed, sections = reader.prose(block.last_line, kind, with_tokens=bool(params))
    if not stem.text.strip():
        reader.add(
            reader.line, f'the question "{reader.id}" asks nothing', "write the stem under the toml block"
        )
    reader.check_sections(kind, sections)
    author = AuthoredQuestion(
        file=reader.file,
        id=reader.id,
        line=reader.line,
        problems=reader.problems,
        fields=fields,
        expressions=reader.expressions,
        render=reader.render,
        stem=stem,
        list_line=listed[0][0] if listed else reader.line,
        entries=read_entries(listed, kind.list_form, reader.add),
        sections=sections,
    )
    return _assembled(reader, author, kind, level, tags, params)


def _assembled(
    reader: _Reader, author: AuthoredQuestion, kind: Kind, level: str, tags: list[str], params: Params
) -> QuestionSource:
    definition = kind.parse(author)
    if not author.flag("shuffle", default=True):
        definition["shuffle"] = False
    author.fields.done()
    stem = reader.rendered(
        _without_listing(author.stem) if kind.takes_listing else author.stem.text, author.stem.line
    )
    hints = [author.block(piece) for piece in author.sections.get("Hint", [])]
    explanation = "".join(author.block(piece) for piece in author.sections.get("Explanation", [])[:1])
    if params:
        definition |= {"params": params, "expressions": author.expressions.sources}
    if not reader.problems:
        check_variants(
            author, kind, definition, params, author.expressions.sources, reader.body, reader.first_line
        )
    text = stem.text if reader.problems else Variant.of(definition, 0).text(stem.text)
    return QuestionSource(
        id=reader.id,
        line=reader.line,
        kind=kind.name,
        level=level,
        tags=tags,
        definition=definition,
        stem=stem.html,
        text=text,
        hints=hints,
        explanation=explanation,
        source=reader.body.strip(),
        needs=_needs(author, definition),
    )


def _without_listing(stem: Piece) -> str:
    """The stem with its listings blanked out, line for line: the kind shows them itself."""
    raws = stem.text.splitlines()
    for item in lines.read(stem.text, 0):
        if isinstance(item, lines.Fence):
            last = item.last_line if item.closed else len(raws) - 1
            raws[item.line : last + 1] = [""] * (last + 1 - item.line)
    return "\n".join(raws)


def _needs(author: AuthoredQuestion, definition: dict[str, Any]) -> list[Need]:
    if "lab" not in definition:
        return []
    lab, knobs = definition["lab"], definition["given"]["knobs"]
    line_of = author.fields.line_of
    return [
        Need("lab", lab, line_of("lab")),
        Need("measure", f"{lab}#{definition['measure']}", line_of("measure")),
        *_need_of_unit(definition, line_of("unit")),
        *(Need("knob", f"{lab}#{name}", line_of("given")) for name in knobs),
    ]


def _need_of_unit(definition: dict[str, Any], line: int) -> list[Need]:
    """The measure with the unit that a question gives it; nothing where a parameter decides the unit."""
    unit = definition["unit"]
    if not unit or TOKEN.search(unit):
        return []
    return [Need("unit", f"{definition['lab']}#{definition['measure']}#{unit}", line)]

"""Reads labs from the content folder. All problems are reported at once, each with file, line and fix."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authoring import frontmatter, text_files
from authoring.fields import SLUG, SLUG_FIX
from authoring.links import LinkResolver, NoLinks
from authoring.problems import Problems, nearest
from authoring.rendering.markdown import render
from labs.catalog.check_functions import report_signatures
from labs.catalog.lab_toml import LabToml
from labs.catalog.local_folder import CHECKS, SOLUTION, TOML, digest_of, relevant
from labs.judging.evaluation import Checks, compiled
from sandbox.protocol import FILES_LIMIT, Event, files_size

RECORDINGS = ("starter", "solution")
LONGEST_README = 40
LARGEST_TRACE = 8 << 20
_HEADING = re.compile(r"#{1,4} ")


@dataclass
class LabSource:
    """One lab as authors wrote it, validated."""

    slug: str
    digest: str = ""
    definition: dict[str, Any] = field(default_factory=dict)
    summary: str = ""
    place: int = 0
    """Of its lesson in the course, from 1; 0 where the course does not name it."""
    brief: str = ""
    hints: list[str] = field(default_factory=list)
    recordings: dict[str, list[str]] = field(default_factory=dict)


def read(
    content: Path, problems: Problems, links: LinkResolver | None = None, lessons: Sequence[str] = ()
) -> list[LabSource]:
    """Read every lab in `labs/` of the content folder. Problems are added to `problems`; labs with problems
    must not be saved. `links` resolves links in READMEs and hints; `lessons` are the slugs of the course's
    lessons in order, which gives each lab its place.
    """
    folders = sorted(p for p in (content / "labs").glob("*") if p.is_dir() and not p.name.startswith("."))
    sources = [LabFolder(folder, problems, links or NoLinks()).read() for folder in folders]
    places = {slug: place for place, slug in enumerate(lessons, 1)}
    for source in sources:
        source.place = places.get(source.definition.get("lesson", ""), 0)
    return sources


class LabFolder:
    """Reads the folder of one lab."""

    def __init__(self, folder: Path, problems: Problems, links: LinkResolver) -> None:
        self.folder, self.problems, self.links = folder, problems, links
        self.source = LabSource(folder.name)

    def path_of(self, file: str) -> str:
        """The path that a problem names."""
        return f"labs/{self.folder.name}/{file}"

    def read(self) -> LabSource:
        if not SLUG.match(self.folder.name):
            self.problems.add(
                self.path_of(TOML), 1, f'the folder "{self.folder.name}" is not a slug', SLUG_FIX
            )
        text = self.text(TOML)
        table = None if text is None else frontmatter.parse(text, self.path_of(TOML), self.problems)
        if text is None or table is None:
            return self.source
        definition = LabToml(table, text, self.path_of(TOML), self.problems).read()
        self.source.summary = definition.pop("summary")
        definition["files"] = self.read_files(definition, text)
        definition["solution"] = self.read_solution(definition)
        self.read_checks(definition, text)
        self.source.definition = definition
        self.source.digest = digest_of(self.folder)
        self.source.brief = self.read_brief()
        self.source.hints = self.read_hints()
        for name in RECORDINGS:
            self.read_recording(name)
        return self.source

    def text(self, file: str, *, required: bool = True) -> str | None:
        """The text of a file; None if it cannot be read, which is reported, or is not there."""
        path = self.folder / file
        if not path.exists() and not path.is_symlink():
            if required:
                self.problems.add(
                    self.path_of(file), 1, "this file is missing", "write it; see docs/authoring.md#labs"
                )
            return None
        if path.is_symlink():  # the digest of a lab passes links over, so a change would go unnoticed
            self.problems.add(self.path_of(file), 1, "this is a symbolic link", "put the file itself here")
            return None
        largest = LARGEST_TRACE if file.startswith("traces/") else text_files.LARGEST
        return text_files.read(path, self.path_of(file), self.problems, largest=largest)

    def read_files(self, definition: dict[str, Any], toml: str) -> dict[str, str]:
        """The starter's files by name. Report files that lab.toml does not name, and names without a file."""
        found = {}
        for key in ("editable", "readonly"):
            for name in definition[key]:
                line = frontmatter.line_of(toml, key)
                if name in found:
                    self.problems.add(
                        self.path_of(TOML), line, f'"{name}" is named twice', "name each file once"
                    )
                elif not (self.folder / name).is_file() or ".." in name:
                    self.problems.add(
                        self.path_of(TOML), line, f'there is no file "{name}"', "write it, or do not name it"
                    )
                else:
                    found[name] = self.text(name) or ""
                    self.report_syntax(name, found[name])
        for path in relevant(self.folder):
            name = str(path.relative_to(self.folder))
            if name not in found and name not in (TOML, CHECKS) and not name.startswith(f"{SOLUTION}/"):
                self.problems.add(
                    self.path_of(name),
                    1,
                    "lab.toml does not name this file",
                    "put it in editable or readonly",
                )
        if files_size(found) > FILES_LIMIT // 2:
            self.problems.add(
                self.path_of(TOML), 1, "the files are larger than 512 KiB together", "shorten them"
            )
        return found

    def read_solution(self, definition: dict[str, Any]) -> dict[str, str]:
        found = {}
        for path in sorted((self.folder / SOLUTION).rglob("*.*")):
            name = str(path.relative_to(self.folder / SOLUTION))
            if not path.is_file() or "__pycache__" in name or text_files.is_leftover(path.name):
                continue
            text = self.text(f"{SOLUTION}/{name}") or ""
            if name not in definition["editable"]:
                fix = nearest(name, definition["editable"])
                self.problems.add(
                    self.path_of(f"{SOLUTION}/{name}"), 1, "the solution changes a file not editable", fix
                )
            elif text == definition["files"].get(name):
                self.problems.add(
                    self.path_of(f"{SOLUTION}/{name}"), 1, "this file is the starter's", "remove it"
                )
            self.report_syntax(f"{SOLUTION}/{name}", text)
            found[name] = text
        if not found and definition["starter_fails"]:
            self.problems.add(
                self.path_of(TOML), 1, "the starter fails and there is no solution", "write solution/"
            )
        return found

    def report_syntax(self, file: str, text: str) -> None:
        """Report Python that does not compile."""
        if file.endswith(".py"):
            try:
                compile(text, file, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None) or 1
                self.problems.add(self.path_of(file), line, f"this is not Python: {error}", "fix the syntax")

    def read_checks(self, definition: dict[str, Any], toml: str) -> None:
        """Add checks and measures to the definition. Report unknown checks in `starter_fails`."""
        definition["checks"], definition["measures"] = [], []
        text = self.text(CHECKS)
        if text is None:
            return
        try:
            found = compiled(text, self.folder.name)
        except SyntaxError as error:
            self.problems.add(
                self.path_of(CHECKS), error.lineno or 1, f"this is not Python: {error.msg}", "fix the syntax"
            )
            return
        except Exception as error:
            lines = [
                f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(CHECKS)
            ]
            line = (lines or [1])[-1] or 1
            self.problems.add(
                self.path_of(CHECKS), line, f"it cannot be imported: {error!r}", "fix what raises"
            )
            return
        definition["checks"] = [{"id": check.id, "title": check.title} for check in found.checks]
        definition["measures"] = [{"id": m.id, "title": m.title, "unit": m.unit} for m in found.measures]
        report_signatures(found, text, self.path_of(CHECKS), self.problems)
        self.report_titles(found, text)
        for name in definition["starter_fails"]:
            if name not in (known := [check.id for check in found.checks]):
                line = frontmatter.line_of(toml, "starter_fails")
                self.problems.add(
                    self.path_of(TOML), line, f'checks.py has no check "{name}"', nearest(name, known)
                )

    def report_titles(self, found: Checks, text: str) -> None:
        """Report titles of checks and measures that are empty or used twice."""

        def at(function: str) -> int:
            return next(
                (n for n, line in enumerate(text.splitlines(), 1) if line.startswith(f"def {function}(")), 1
            )

        titles: set[str] = set()
        named = [(check.id, check.title) for check in found.checks] + [
            (m.id, m.title) for m in found.measures
        ]
        for name, title in named:
            if not title.strip() or title in titles:
                what = f'the title of "{name}" is empty or taken'
                self.problems.add(self.path_of(CHECKS), at(name), what, "reword it")
            titles.add(title)

    def render(self, file: str, text: str, first_line: int) -> str:
        rendered = render(
            text,
            file=self.path_of(file),
            first_line=first_line,
            problems=self.problems,
            links=self.links,
            trusted=False,
            prefix=f"lab-{file.partition('.')[0].lower()}-{first_line}-",
        )
        return rendered.html

    def read_brief(self) -> str:
        """The README without its heading, as HTML."""
        text = self.text("README.md")
        if text is None:
            return ""
        heading, _, body = text.partition("\n")
        if not heading.startswith("# "):
            self.problems.add(
                self.path_of("README.md"), 1, "it does not begin with a heading", "begin with # and the title"
            )
        if not body.strip() or len(text.splitlines()) > LONGEST_README:
            fix = f"write 5 to {LONGEST_README} lines"
            self.problems.add(self.path_of("README.md"), 1, "it is empty or too long for a bench", fix)
        return self.render("README.md", body, 2)

    def read_hints(self) -> list[str]:
        """The hints of hints.md as HTML, one for each heading."""
        text = self.text("hints.md", required=False)
        if text is None:
            return []
        hints: list[tuple[int, list[str]]] = []
        for number, line in enumerate(text.splitlines(), 1):
            if _HEADING.match(line):
                hints.append((number + 1, []))
            elif hints:
                hints[-1][1].append(line)
            elif line.strip():
                self.problems.add(
                    self.path_of("hints.md"),
                    number,
                    "this stands before the first hint",
                    "begin with ## Hint",
                )
        return [self.render("hints.md", "\n".join(lines), first) for first, lines in hints]

    def read_recording(self, name: str) -> None:
        """Read a recorded run, if there is one: `seq` counts from 1 and `t` never decreases."""
        file = f"traces/{name}.jsonl"
        text = self.text(file, required=False)
        if text is None:
            return
        last = 0.0
        for number, line in enumerate(text.splitlines(), 1):
            try:
                event = Event.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.problems.add(
                    self.path_of(file), number, f"this is no event: {error!r}", "record it again"
                )
                return
            if event.seq != number or event.t < last:
                self.problems.add(
                    self.path_of(file), number, "seq has a gap or time goes back", "record it again"
                )
                return
            last = event.t
        self.source.recordings[name] = text.splitlines()

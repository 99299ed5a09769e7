"""Labs from the folder of content into the database: all problems at once, each with file, line and mend."""

from __future__ import annotations

import json
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authoring import frontmatter
from authoring.fields import SLUG, SLUG_MEND
from authoring.links import LinkResolver, NoLinks
from authoring.markdown import render
from authoring.problems import Problems, nearest
from labs.definition import LabToml
from labs.evaluation import Checks, compiled
from labs.folder import CHECKS, SOLUTION, TOML, digest_of, relevant
from labs.models import Lab, LabRecording, LabRevision
from sandbox.protocol import FILES_LIMIT, Event

RECORDINGS = ("starter", "solution")
LONGEST_README = 40
_HEADING = re.compile(r"#{1,4} ")


@dataclass
class LabSource:
    """One lab as authors wrote it, validated."""

    slug: str
    digest: str = ""
    definition: dict[str, Any] = field(default_factory=dict)
    brief: str = ""
    hints: list[str] = field(default_factory=list)
    recordings: dict[str, list[str]] = field(default_factory=dict)


def read(content: Path, problems: Problems, links: LinkResolver | None = None) -> list[LabSource]:
    """Every lab in `labs/` of the content folder. What is wrong is added to `problems`; the sources are to be saved only
    when there are none. `links` resolves what READMEs and hints link to."""
    folders = sorted(p for p in (content / "labs").glob("*") if p.is_dir() and not p.name.startswith("."))
    return [LabFolder(folder, problems, links or NoLinks()).read() for folder in folders]


class LabFolder:
    """One folder being read."""

    def __init__(self, folder: Path, problems: Problems, links: LinkResolver) -> None:
        self.folder, self.problems, self.links = folder, problems, links
        self.source = LabSource(folder.name)

    def name(self, file: str) -> str:
        return f"labs/{self.folder.name}/{file}"

    def read(self) -> LabSource:
        if not SLUG.match(self.folder.name):
            self.problems.add(self.name(TOML), 1, f'the folder "{self.folder.name}" is not a slug', SLUG_MEND)
        text = self.text(TOML)
        table = None if text is None else frontmatter.parse(text, self.name(TOML), self.problems)
        if text is None or table is None:
            return self.source
        definition = LabToml(table, text, self.name(TOML), self.problems).read()
        definition["files"] = self.files(definition, text)
        definition["solution"] = self.solution(definition)
        self.checks(definition, text)
        self.source.definition = definition
        self.source.digest = digest_of(self.folder)
        self.source.brief = self.brief()
        self.source.hints = self.hints()
        for name in RECORDINGS:
            self.recording(name)
        return self.source

    def text(self, file: str, *, required: bool = True) -> str | None:
        """The text of a file, None where there is none."""
        path = self.folder / file
        if not path.is_file():
            if required:
                self.problems.add(
                    self.name(file), 1, "this file is missing", "write it; the README of labs says what for"
                )
            return None
        try:
            return path.read_text()
        except UnicodeDecodeError:
            self.problems.add(self.name(file), 1, "this file is not UTF-8 text", "save it as UTF-8")
            return None

    def files(self, definition: dict[str, Any], toml: str) -> dict[str, str]:
        """The starter's files: each of the folder's is editable or read-only, and each named one is there."""
        found = {}
        for key in ("editable", "readonly"):
            for name in definition[key]:
                line = frontmatter.line_of(toml, key)
                if name in found:
                    self.problems.add(self.name(TOML), line, f'"{name}" is named twice', "name each file once")
                elif not (self.folder / name).is_file() or ".." in name:
                    self.problems.add(
                        self.name(TOML), line, f'there is no file "{name}"', "write it, or do not name it"
                    )
                else:
                    found[name] = self.text(name) or ""
                    self.compiles(name, found[name])
        for path in relevant(self.folder):
            name = str(path.relative_to(self.folder))
            if name not in found and name not in (TOML, CHECKS) and not name.startswith(f"{SOLUTION}/"):
                self.problems.add(
                    self.name(name), 1, "lab.toml does not name this file", "put it in editable or readonly"
                )
        if sum(len(text.encode()) for text in found.values()) > FILES_LIMIT // 2:
            self.problems.add(self.name(TOML), 1, "the files are larger than 512 KiB together", "shorten them")
        return found

    def solution(self, definition: dict[str, Any]) -> dict[str, str]:
        found = {}
        for path in sorted((self.folder / SOLUTION).rglob("*.*")):
            name = str(path.relative_to(self.folder / SOLUTION))
            if not path.is_file() or "__pycache__" in name:
                continue
            text = self.text(f"{SOLUTION}/{name}") or ""
            if name not in definition["editable"]:
                mend = nearest(name, definition["editable"])
                self.problems.add(self.name(f"{SOLUTION}/{name}"), 1, "the solution changes a file not editable", mend)
            elif text == definition["files"].get(name):
                self.problems.add(self.name(f"{SOLUTION}/{name}"), 1, "this file is the starter's", "remove it")
            self.compiles(f"{SOLUTION}/{name}", text)
            found[name] = text
        if not found and definition["starter_fails"]:
            self.problems.add(self.name(TOML), 1, "the starter fails and there is no solution", "write solution/")
        return found

    def compiles(self, file: str, text: str) -> None:
        """Python that does not even compile is a problem of the author's."""
        if file.endswith(".py"):
            try:
                compile(text, file, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None) or 1
                self.problems.add(self.name(file), line, f"this is not Python: {error}", "mend the syntax")

    def checks(self, definition: dict[str, Any], toml: str) -> None:
        """Titles of checks and measures; `starter_fails` names checks that there are."""
        definition["checks"], definition["measures"] = [], []
        text = self.text(CHECKS)
        if text is None:
            return
        try:
            found = compiled(text, self.folder.name)
        except SyntaxError as error:
            self.problems.add(
                self.name(CHECKS), error.lineno or 1, f"this is not Python: {error.msg}", "mend the syntax"
            )
            return
        except Exception as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(CHECKS)]
            line = (lines or [1])[-1] or 1
            self.problems.add(self.name(CHECKS), line, f"it cannot be imported: {error!r}", "mend what raises")
            return
        definition["checks"] = [{"id": check.id, "title": check.title} for check in found.checks]
        definition["measures"] = [{"id": m.id, "title": m.title, "unit": m.unit} for m in found.measures]
        self.names(found, text)
        for name in definition["starter_fails"]:
            if name not in (known := [check.id for check in found.checks]):
                line = frontmatter.line_of(toml, "starter_fails")
                self.problems.add(self.name(TOML), line, f'checks.py has no check "{name}"', nearest(name, known))

    def names(self, found: Checks, text: str) -> None:
        """Each title once, and teeth that can bite."""

        def at(function: str) -> int:
            return next((n for n, line in enumerate(text.splitlines(), 1) if line.startswith(f"def {function}(")), 1)

        titles: set[str] = set()
        named = [(check.id, check.title) for check in found.checks] + [(m.id, m.title) for m in found.measures]
        for name, title in named:
            if not title.strip() or title in titles:
                what = f'the title of "{name}" is empty or taken'
                self.problems.add(self.name(CHECKS), at(name), what, "reword it")
            titles.add(title)

    def html(self, file: str, text: str, first_line: int) -> str:
        rendered = render(
            text,
            file=self.name(file),
            first_line=first_line,
            problems=self.problems,
            links=self.links,
            trusted=False,
            prefix=f"lab-{first_line}-",
        )
        return rendered.html

    def brief(self) -> str:
        """The README without its heading, as HTML."""
        text = self.text("README.md")
        if text is None:
            return ""
        heading, _, body = text.partition("\n")
        if not heading.startswith("# "):
            self.problems.add(
                self.name("README.md"), 1, "it does not begin with a heading", "begin with # and the title"
            )
        if not body.strip() or len(text.splitlines()) > LONGEST_README:
            mend = f"write 5 to {LONGEST_README} lines"
            self.problems.add(self.name("README.md"), 1, "it is empty or too long for a bench", mend)
        return self.html("README.md", body, 2)

    def hints(self) -> list[str]:
        """hints.md, where there is one: each heading begins a hint."""
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
                    self.name("hints.md"), number, "this stands before the first hint", "begin with ## Hint"
                )
        return [self.html("hints.md", "\n".join(lines), first) for first, lines in hints]

    def recording(self, name: str) -> None:
        """A recorded run: one event a line, counted from 1, time never going back."""
        file = f"traces/{name}.jsonl"
        text = self.text(file, required=False)
        if text is None:
            return
        last = 0.0
        for number, line in enumerate(text.splitlines(), 1):
            try:
                event = Event.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.problems.add(self.name(file), number, f"this is no event: {error!r}", "record it again")
                return
            if event.seq != number or event.t < last:
                self.problems.add(self.name(file), number, "seq has a gap or time goes back", "record it again")
                return
            last = event.t
        self.source.recordings[name] = text.splitlines()


def save(sources: list[LabSource]) -> None:
    """Publish these labs and unpublish all others; the caller holds the transaction. What did not change is not written."""
    Lab.objects.exclude(slug__in=[source.slug for source in sources]).filter(published=True).update(published=False)
    for source in sources:
        _save(source)


def _save(source: LabSource) -> None:
    lab, _ = Lab.objects.get_or_create(slug=source.slug, defaults={"title": source.definition["title"]})
    revision, _ = LabRevision.objects.get_or_create(
        lab=lab, digest=source.digest, defaults={"definition": source.definition}
    )
    wanted = {
        "title": source.definition["title"],
        "lesson": source.definition["lesson"],
        "systems": source.definition["systems"],
        "brief": source.brief,
        "hints": source.hints,
        "published": True,
        "revision_id": revision.pk,
    }
    if any(getattr(lab, name) != value for name, value in wanted.items()):
        Lab.objects.filter(pk=lab.pk).update(**wanted)
    lab.recordings.exclude(name__in=source.recordings).delete()
    for name, lines in source.recordings.items():
        kept = lab.recordings.filter(name=name).first() or LabRecording(lab=lab, name=name, packed=b"")
        if not kept.packed or kept.lines != lines:
            kept.lines = lines
            kept.save()

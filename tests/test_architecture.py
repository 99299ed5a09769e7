"""The three journeys in `docs/architecture.md` are lists of files: each is there and leads to the next."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_house_rules import BASE, imported

DOCUMENT = BASE / "docs" / "architecture.md"
JOURNEYS = ("Read", "Answer", "Run")
STEP = re.compile(r"^\d+\. `([^`]+)`: (.+)$", re.MULTILINE)
LINK = re.compile(r"\(by `([^`]+)`\)")


@dataclass(frozen=True)
class Step:
    """A file of a journey. It shares the word `link` with an earlier file where no import leads to it."""

    name: str
    link: str

    @property
    def text(self) -> str:
        return (BASE / self.name).read_text()

    @property
    def address(self) -> str:
        """What others call the file: a dotted module, or a template's or static file's name."""
        path = Path(self.name)
        for folder in ("templates", "static"):
            if folder in path.parts:
                return str(Path(*path.parts[path.parts.index(folder) + 1 :]))
        return ".".join(path.with_suffix("").parts).removesuffix(".__init__")

    def leads_to(self, later: Step) -> bool:
        """Whether this file imports the later one, is imported by it, or names it by its address or link."""
        if later.link:
            return later.link in self.text and later.link in later.text
        if self.name.endswith(".js") and later.name.endswith(".js"):
            return f'/{Path(later.name).name}"' in self.text
        return self.imports(later) or later.imports(self) or later.address in self.text

    def imports(self, other: Step) -> bool:
        if not self.name.endswith(".py") or not other.name.endswith(".py"):
            return False
        modules = imported(ast.parse(self.text))
        package = other.address.rpartition(".")[0]  # `from labs.models import Run` imports labs/models/run.py
        return any(
            module == other.address or module.startswith(f"{other.address}.") for module in modules
        ) or (package.count(".") == 1 and any(module.rpartition(".")[0] == package for module in modules))


def steps(journey: str) -> list[Step]:
    section = DOCUMENT.read_text().partition(f"\n## {journey}\n")[2].partition("\n## ")[0]
    found = [(name, LINK.search(words)) for name, words in STEP.findall(section)]
    return [Step(name, link.group(1) if link else "") for name, link in found]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_file_of_a_journey_is_there(journey: str) -> None:
    names = [step.name for step in steps(journey)]
    assert len(names) > 5
    assert [name for name in names if not (BASE / name).is_file()] == []


@pytest.mark.parametrize("journey", JOURNEYS)
def test_every_file_of_a_journey_is_reached_from_an_earlier_one(journey: str) -> None:
    walked = steps(journey)
    lost = [
        step.name
        for place, step in enumerate(walked)
        if place and not any(earlier.leads_to(step) for earlier in walked[:place])
    ]
    assert lost == []


def test_every_path_that_the_page_names_is_there() -> None:
    paths = set(re.findall(r"`([a-z_]+/[\w./-]+)`", DOCUMENT.read_text()))
    assert len(paths) > 30
    assert sorted(path for path in paths if not (BASE / path).exists()) == []

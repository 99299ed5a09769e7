"""Reads `docs/authoring.md`: its examples, its tables and its list of problems."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "authoring.md"
PART_OF_A_LAB = "part of lab.toml"
LAB = "content/labs/order-mail/lab.toml"

_FENCE = re.compile(
    r'^(?P<mark>`{3,})\w+ title="(?P<title>[^"]+)"\n(?P<text>.*?)^(?P=mark)$', re.DOTALL | re.MULTILINE
)
_TABLE = re.compile(r"^<!-- table: (?P<name>.+) -->\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def files() -> dict[str, str]:
    """The text of each file of the example course; parts of one file follow each other."""
    found: dict[str, str] = {}
    for fence in _FENCE.finditer(text()):
        if fence["title"].startswith("content/"):
            found[fence["title"]] = found.get(fence["title"], "") + fence["text"]
    return found


def parts_of_a_lab() -> list[str]:
    """Tables that the example's lab.toml may have too, each to be tried alone."""
    return [fence["text"] for fence in _FENCE.finditer(text()) if fence["title"] == PART_OF_A_LAB]


def titles() -> list[str]:
    """The titles of all fences of the document itself."""
    return [fence["title"] for fence in _FENCE.finditer(text())]


def write(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the example course below a folder; returns its content folder."""
    for name, source in {**files(), **(changed or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return folder / "content"


def tables() -> dict[str, list[dict[str, str]]]:
    """The marked tables by name: each row maps the heading of a column to its cell."""
    found = {}
    for table in _TABLE.finditer(text()):
        rows = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            for row in table["rows"].strip().split("\n")
        ]
        found[table["name"]] = [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]
    return found


def codes(cell: str) -> list[str]:
    """What a cell has in code spans."""
    return _CODE.findall(cell)


def first_codes(table: str) -> list[str]:
    """The first column of a table without its code marks, in order."""
    rows = tables()[table]
    return [codes(next(iter(row.values())))[0] for row in rows]


def problems() -> list[str]:
    """The messages under "What is reported"; `…` is in place of names and numbers."""
    return codes(text().partition("## What is reported")[2].partition("\n### ")[2])

"""Our own blocks, from a line `::: name arguments` to a line `:::`.

They are read from the source, where lines have numbers, and each leaves one line `::: <number>` behind. The
small processor below turns that line into the word that marks the place of the block's figure or mount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree as etree  # noqa: N813 - Markdown itself calls it so

from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor

from authoring.fields import SLUG
from authoring.lines import Fence, Line
from authoring.problems import Problems, nearest

NAMES = ("quick-check", "lab", "sequence")
_OPEN = re.compile(r":::[ \t]*(?P<name>[^\s]+)[ \t]*(?P<rest>.*?)[ \t]*\Z")
_OF_A_SEQUENCE = re.compile(r"\s*(?:\d|[a-z]+:|\Z)")
"""A line that may be a key or an event of a sequence, or is empty."""
_QUESTION = re.compile(r"(?P<quiz>[^#\s]+)#(?P<question>[^#\s]+)\Z")


@dataclass(slots=True)
class Block:
    """One block of ours. `name` is "" when its head could not be read."""

    line: int
    name: str = ""
    arguments: str = ""
    quiz: str = ""
    question: str = ""
    lab: str = ""
    body: list[tuple[int, str]] = field(default_factory=list)
    last_line: int = 0


def take(
    items: Iterable[Line | Fence], file: str, problems: Problems
) -> tuple[list[Line | Fence], list[Block]]:
    """Take the blocks out of a text: (what remains, the blocks)."""
    rest: list[Line | Fence] = []
    blocks: list[Block] = []
    current: Block | None = None
    inside: list[Line | Fence] = []
    for item in items:
        if isinstance(item, Line) and current is not None and item.raw.rstrip() == ":::":
            current.last_line = item.number
            _fill(current, inside, file, problems)
            current = None
        elif isinstance(item, Line) and item.raw.startswith(":::"):
            if current is not None:
                rest += _cut(current, inside, file, problems)
            current, inside = _begin(item, blocks, file, problems), []
        elif current is not None:
            inside.append(item)
        else:
            rest.append(item)
            if isinstance(item, Line) and item.raw.lstrip().startswith(":::"):
                problems.add(file, item.number, "a block must not be indented", "begin the line with :::")
    if current is not None:
        rest += _cut(current, inside, file, problems)
    return rest, blocks


def _fill(block: Block, inside: Iterable[Line | Fence], file: str, problems: Problems) -> None:
    """Give a block the lines that it holds. Only sequences may have any, and none may have a listing."""
    for item in inside:
        if isinstance(item, Fence):
            fix = "close the block with a line ::: before it"
            problems.add(file, item.line, "there is a listing in a block", fix)
        else:
            block.body.append((item.number, item.raw))
    text = next((number for number, raw in block.body if raw.strip()), 0)
    if text and block.name in ("quick-check", "lab"):
        problems.add(file, text, f"::: {block.name} has no text of its own", "close it with ::: before this")


def _cut(block: Block, inside: list[Line | Fence], file: str, problems: Problems) -> list[Line | Fence]:
    """Report a block that does not end, and say nothing else of it. Returns the items that are no part of it:
    the text that follows is read as if it had ended.
    """
    if block.name:  # an unknown block has a problem already
        problems.add(file, block.line, f'the block "{block.name}" does not end', "close it with a line :::")
    kept = 0
    if block.name == "sequence":
        while kept < len(inside):
            item = inside[kept]
            if isinstance(item, Fence) or not _OF_A_SEQUENCE.match(item.raw):
                break
            kept += 1
    block.name, block.last_line = "", block.line
    for item in inside[:kept]:
        block.last_line = item.number if isinstance(item, Line) else block.last_line
    return inside[kept:]


def _begin(item: Line, blocks: list[Block], file: str, problems: Problems) -> Block | None:
    head = _OPEN.match(item.raw)
    if head is None:
        problems.add(file, item.number, "this ::: closes no block", "remove it, or open a block above")
        return None
    block = Block(item.number, head["name"], head["rest"])
    blocks.append(block)
    if block.name not in NAMES:
        problems.add(file, block.line, f'there is no block "{block.name}"', nearest(block.name, NAMES))
        block.name = ""
    elif block.name == "quick-check":
        target = _QUESTION.match(block.arguments)
        if target is None:
            fix = "write ::: quick-check <quiz>#<question>"
            problems.add(file, block.line, f'"{block.arguments}" does not name a question', fix)
        else:
            block.quiz, block.question = target["quiz"], target["question"]
    elif block.name == "lab":
        if not SLUG.match(block.arguments):
            problems.add(file, block.line, f'"{block.arguments}" does not name a lab', "write ::: lab <slug>")
        else:
            block.lab = block.arguments
    elif block.arguments:
        problems.add(
            file, block.line, "::: sequence takes nothing on its line", "put title: and lanes: below it"
        )
    return block


class BlockOfOurs(BlockProcessor):
    """Turns a line `::: <number>` into the element that holds the block's place."""

    LINE = re.compile(r"::: (\d+)\Z")

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.words: list[str] = []

    def test(self, parent: etree.Element, block: str) -> bool:
        """Whether the block is such a line, at the top level."""
        return self.LINE.match(block.strip()) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> bool | None:
        """Put the place in."""
        match = self.LINE.match(blocks.pop(0).strip())
        if match and int(match[1]) < len(self.words):
            etree.SubElement(parent, "div").text = self.words[int(match[1])]
        return None

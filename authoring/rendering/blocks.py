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
    for item in items:
        if isinstance(item, Fence):
            _take_fence(item, current, rest, file, problems)
        elif current is not None and item.raw.rstrip() == ":::":
            current.last_line = item.number
            current = None
        elif item.raw.startswith(":::"):
            if current is not None:
                problems.add(
                    file, current.line, f'the block "{current.name}" does not end', "close it with a line :::"
                )
                current.last_line = item.number - 1
            current = _begin(item, blocks, file, problems)
        elif current is not None:
            current.body.append((item.number, item.raw))
        else:
            rest.append(item)
            if item.raw.lstrip().startswith(":::"):
                problems.add(file, item.number, "a block must not be indented", "begin the line with :::")
    if current is not None:
        problems.add(
            file, current.line, f'the block "{current.name}" does not end', "close it with a line :::"
        )
        current.last_line = max([current.line, *(number for number, _ in current.body)])
    for block in blocks:
        _check_body(block, file, problems)
    return rest, blocks


def _take_fence(
    fence: Fence, current: Block | None, rest: list[Line | Fence], file: str, problems: Problems
) -> None:
    if current is None:
        rest.append(fence)
    else:
        problems.add(
            file, fence.line, "there is a listing in a block", "close the block with a line ::: before it"
        )


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


def _check_body(block: Block, file: str, problems: Problems) -> None:
    if block.name in ("quick-check", "lab"):
        for number, raw in block.body:
            if raw.strip():
                problems.add(
                    file, number, f"::: {block.name} has no text of its own", "close it with ::: before this"
                )


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

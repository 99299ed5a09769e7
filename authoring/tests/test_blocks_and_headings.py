"""Blocks that do not end, and headings where none may be: one problem, on the line that is wrong."""

from __future__ import annotations

import pytest

from authoring.links import NoLinks
from authoring.problems import Problems
from authoring.rendering import markdown


def problems_of(text: str) -> list[str]:
    problems = Problems()
    markdown.render(text, file="a.md", problems=problems, links=NoLinks(), trusted=True)
    return [str(problem) for problem in sorted(problems)]


AFTER = "\nText.\n\n## A heading\n\n```python\nx = 1\n```\n\n[Up](#a-heading) and more.\n"


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("::: lab first\n", "lab"),
        ("::: quick-check first#one\n", "quick-check"),
        ("::: sequence\ntitle: T\ncaption: C\nlanes: a b\n\n0.1 a -> b: text\n", "sequence"),
        ("::: sequence\n", "sequence"),
    ],
    ids=["lab", "quick check", "sequence", "sequence without lines"],
)
@pytest.mark.parametrize("after", [AFTER, f"{AFTER}\n::: lab second\n:::\n"], ids=["text", "text and block"])
def test_a_block_that_does_not_end_is_the_only_problem(block: str, name: str, after: str) -> None:
    told = problems_of(f"Before.\n\n{block}{after}")
    assert told == [f'a.md:3: the block "{name}" does not end; close it with a line :::']


def test_text_in_a_block_that_takes_none_is_told_once() -> None:
    told = problems_of("::: lab first\none\n\ntwo\n:::\n")
    assert told == ["a.md:2: ::: lab has no text of its own; close it with ::: before this"]


def test_a_listing_in_a_block_that_ends_is_told() -> None:
    told = problems_of("::: lab first\n```python\nx = 1\n```\n:::\n")
    assert told == ["a.md:2: there is a listing in a block; close the block with a line ::: before it"]

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


@pytest.mark.parametrize(
    "lanes", ["broker, worker-1", "broker,worker-1", "broker; worker-1", "broker,   worker-1,"]
)
def test_lanes_with_signs_between_them_are_the_only_problem(lanes: str) -> None:
    told = problems_of(
        f"::: sequence\ntitle: T\ncaption: C\nlanes: {lanes}\n\n0.1 broker -> worker-1: text\n:::\n"
    )
    assert told == ["a.md:4: the lanes have signs between them; separate lanes by spaces: broker worker-1"]


def test_text_in_a_block_that_takes_none_is_told_once() -> None:
    told = problems_of("::: lab first\none\n\ntwo\n:::\n")
    assert told == ["a.md:2: ::: lab has no text of its own; close it with ::: before this"]


def test_a_listing_in_a_block_that_ends_is_told() -> None:
    told = problems_of("::: lab first\n```python\nx = 1\n```\n:::\n")
    assert told == ["a.md:2: there is a listing in a block; close the block with a line ::: before it"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("!!! rule\n    ## Never sleep.\n", "a heading is indented"),
        ("!!! note\n    Text.\n\n    ### More\n", "a heading is indented"),
        ('=== "Celery"\n\n    ## Celery\n', "a heading is indented"),
        ("    ## As code\n", "a heading is indented"),
        ("- one\n\n    ## Two\n", "a heading is indented"),
        ("> ## Said\n", "a heading is in a list or a quotation"),
        ("- ## Item\n", "a heading is in a list or a quotation"),
        ("1. ## Item\n", "a heading is in a list or a quotation"),
    ],
)
def test_a_heading_that_does_not_begin_its_line_is_a_problem(text: str, what: str) -> None:
    told = problems_of(f"Before.\n\n{text}")
    line = 3 + next(number for number, raw in enumerate(text.splitlines()) if "#" in raw)
    fix = "begin its line with #, outside callouts, tabs, lists and quotations"
    assert told == [f"a.md:{line}: {what}; {fix}"]


@pytest.mark.parametrize("rule", ["--------", "-", "--", "---  ", "   ---"])
def test_an_underlined_heading_is_a_problem(rule: str) -> None:
    told = problems_of(f"Before.\n\nThe code\n{rule}\n\nAfter.\n")
    fix = "write ## before its words, or leave a line empty before a rule"
    assert told == [f"a.md:4: the line above becomes a heading; {fix}"]


@pytest.mark.parametrize(
    "text",
    [
        "Text.\n\n---\n\nMore.\n",
        "| a | b |\n| --- | --- |\n| c | d |\n",
        "- one\n- two\n",
        "```text\n## no heading\nThe code\n--------\n```\n",
        "!!! rule\n    Never sleep. `## code`\n",
        "Press\n#1 of five.\n".replace("#1", "\\#1"),
    ],
)
def test_rules_tables_and_code_are_no_headings(text: str) -> None:
    assert problems_of(text) == []


@pytest.mark.parametrize(
    "begun",
    ["True.", "True, and more.", "Half true: no.", "False", "Only with a limit.", "False, Celery 5.7."],
)
def test_a_claim_that_begins_with_its_verdict_has_no_problem(begun: str) -> None:
    assert problems_of(f'!!! claim "It is said"\n    {begun}\n') == []


@pytest.mark.parametrize("begun", ["It depends.", "Falsely so.", "true.", "**True.**", "Truely", "- True"])
def test_a_claim_without_a_verdict_is_a_problem(begun: str) -> None:
    told = problems_of(f'Before.\n\n!!! claim "It is said"\n    {begun}\n')
    fix = "begin its text with True, Half true, False or Only with ..."
    assert told == [f"a.md:4: the claim has no verdict; {fix}"]

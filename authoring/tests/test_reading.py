"""Front matter, lines, entries and listings: the parts that know line numbers."""

from __future__ import annotations

import pytest

from authoring import entries, frontmatter, lines
from authoring.code import listings
from authoring.fields import Fields
from authoring.problems import Problem, Problems, nearest


def test_a_problem_reads_as_file_line_what_and_fix() -> None:
    assert str(Problem("a.md", 3, "no title", "write one")) == "a.md:3: no title; write one"


def test_the_same_problem_is_noted_once() -> None:
    problems = Problems()
    problems.add("a.md", 1, "x", "y")
    problems.add("a.md", 1, "x", "y")
    assert len(problems) == 1


def test_a_misspelt_name_gets_the_one_that_was_meant() -> None:
    assert nearest("brokr", ["broker", "queue"]) == 'did you mean "broker"?'
    assert nearest("x", map(str, range(10))) == "known: 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert nearest("x", []) == "there is none yet"


def test_a_name_that_begins_with_the_word_is_meant_before_one_that_looks_like_it() -> None:
    kinds = ["scheduler", "beat", "celery-worker", "rq-worker"]
    assert nearest("celery", kinds) == 'did you mean "celery-worker"?'
    assert nearest("rq", kinds) == 'did you mean "rq-worker"?'
    assert nearest("work", ["worker", "worker-1", "fork"]) == 'did you mean "worker"?'
    assert nearest("b", ["beat", "broker"]) == "known: beat, broker"
    assert nearest("", ["beat"]) == "known: beat"


def test_the_body_begins_on_the_line_after_the_front_matter() -> None:
    problems = Problems()
    assert frontmatter.split('+++\na = "b"\n+++\n\nText\n', "a.md", problems) == ({"a": "b"}, "\nText\n", 4)
    assert problems == []


@pytest.mark.parametrize(
    ("toml", "line"),
    [("a = 1\nb = ]\n", 3), ("a = 1\n\na = 2\n", 4), ('a = "x\n', 2), ("a = [\n1,\n", 4)],
    ids=["value", "twice", "text", "open list"],
)
def test_an_error_in_the_front_matter_has_its_line_in_the_file(toml: str, line: int) -> None:
    problems = Problems()
    frontmatter.split(f"+++\n{toml}+++\n", "a.md", problems)
    assert [problem.line for problem in problems] == [line]


def test_a_byte_order_mark_is_no_error() -> None:
    problems = Problems()
    assert frontmatter.split("\ufeff+++\n+++\nx", "a.md", problems)[1] == "x"
    assert problems == []


def test_a_missing_key_is_told_where_its_table_begins_even_if_the_next_table_has_it() -> None:
    text, problems = '[[a]]\nx = 1\n[[a]]\ntitle = "t"\n', Problems()
    fields = Fields({"x": 1}, "a.toml", problems, lambda key: frontmatter.line_of(text, key, after=1))
    assert fields.text("title") == ""
    assert problems[0].line == 1


def test_code_is_told_from_prose() -> None:
    text = "a `code` b\n```python\n# no heading\n```\n    indented\n~~~\n```\n~~~\nend"
    found = [
        (item.line, item.info, item.code) if isinstance(item, lines.Fence) else (item.number, item.text)
        for item in lines.read(text, 10)
    ]
    assert found == [
        (10, "a        b"),
        (11, "python", ["# no heading"]),
        (14, "    indented"),
        (15, "", ["```"]),
        (18, "end"),
    ]


def test_a_fence_in_a_list_loses_its_indent() -> None:
    fence = next(
        item for item in lines.read("    ```\n    a\n      b\n    ```") if isinstance(item, lines.Fence)
    )
    assert fence.code == ["a", "  b"]


def test_entries_know_their_lines() -> None:
    problems = Problems()
    text = "\n## one\n\n```toml\ntitle = 'x'\n```\nBody.\n\n## two\n```toml\n```\n```text\n## no entry\n```\n"
    one, two = entries.read(text, 5, "a.md", problems)
    assert (one.id, one.line, one.table, one.table_line, one.body.strip(), one.body_line) == (
        "one",
        6,
        {"title": "x"},
        9,
        "Body.",
        11,
    )
    assert (two.id, two.table, two.body_line) == ("two", {}, 16)
    assert "## no entry" in two.body
    assert problems == []


def test_listings_that_run_are_collected_with_what_they_promise() -> None:
    text = (
        '```python exec title="a"\nprint(1)\n```\n\n```text title="output"\n1\n```\n\n'
        '```python exec="expect-error: ValueError"\nraise ValueError\n```\n\n'
        '```python noexec="slow"\nx\n```\n'
    )
    first, second = listings.collect(text, "a.md", 10)
    assert (first.line, first.title, first.code, first.output, first.error) == (
        10,
        "a",
        "print(1)\n",
        "1\n",
        "",
    )
    assert (second.line, second.output, second.error) == (18, None, "ValueError")

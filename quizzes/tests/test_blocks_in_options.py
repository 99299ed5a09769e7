"""What an author writes under an option or a step is shown as it was written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from quizzes.tests.conftest import source_of

HEAD = '+++\ntitle = "Field quiz"\nlesson = "field"\npass_mark = 70\n+++\n\n## one\n'
TAIL = "\n### Explanation\nBecause.\n"


def question(listed: str, kind: str = "single") -> str:
    return f'{HEAD}```toml\nkind = "{kind}"\nlevel = "junior"\n```\nWhich?\n\n{listed}{TAIL}'


def option(block: str, last: str = "") -> str:
    return f"- [x] {block}{last}\n  > Yes.\n- [ ] Nothing of it\n  > No.\n"


def options_of(text: str, folder: Path) -> list[dict[str, Any]]:
    source, problems = source_of(text, folder)
    assert problems == []
    assert source is not None
    definition = source.questions[0].definition
    found: list[dict[str, Any]] = definition.get("options") or definition["steps"]
    return found


def words(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


CODE = "while True:\n    if done:\n\n        break\n"


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
@pytest.mark.parametrize("first", ["This one:\n", "This one:\n\n", "\n"])
@pytest.mark.parametrize("indent", ["  ", "    ", "      "])
def test_a_listing_keeps_its_lines_and_indents(mark: str, first: str, indent: str, tmp_path: Path) -> None:
    rows = [f"{mark}python", *CODE.splitlines(), mark]
    block = first + "\n".join(indent + row if row else "" for row in rows)
    html = options_of(question(option(block)), tmp_path)[0]["html"]
    assert words(html[html.index("<code>") :]).rstrip("\n") + "\n" == CODE
    assert "<button" not in html
    assert "tabindex" not in html


@pytest.mark.parametrize(
    ("block", "pattern"),
    [
        ("Plan A:\n  - stop\n  - start", r"<p>Plan A:</p>\s*<ul>\s*<li>stop</li>\s*<li>start</li>\s*</ul>"),
        ("Plan B:\n  1. start\n  2. stop", r"<ol>\s*<li>start</li>\s*<li>stop</li>"),
        ("Plan C:\n  - a\n    - b", r"<li>a<ul>\s*<li>b</li>"),
        ("First.\n\n  Second.", r"<p>First.</p>\s*<p>Second.</p>"),
        ("Cells:\n\n  | a | b |\n  | - | - |\n  | 1 | 2 |", r"<td>2</td>"),
        ("It goes\n  on here", r"\AIt goes on here\Z"),
        ("A:\n  ```text\n  - [ ] no option\n  > no feedback\n  ```", r"- \[ \] no option\n&gt; no feedback"),
    ],
)
def test_lists_paragraphs_and_tables_are_shown_as_written(block: str, pattern: str, tmp_path: Path) -> None:
    found = options_of(question(option(block)), tmp_path)
    assert len(found) == 2
    assert re.search(pattern, found[0]["html"]), found[0]["html"]
    assert found[0]["feedback"] == "<p>Yes.</p>"


@pytest.mark.parametrize("block", ["Last { last = true }\n  - a\n  - b", "Last\n\n  here { last = true }"])
def test_an_option_with_blocks_may_be_pinned_to_the_end(block: str, tmp_path: Path) -> None:
    found = options_of(question(option(block)), tmp_path)
    assert found[0]["last"]
    assert "last =" not in found[0]["html"]


def test_a_step_of_an_ordering_may_hold_a_listing(tmp_path: Path) -> None:
    steps = "".join(f"{n}. Run\n   ```sh\n   step {n}\n   ```\n   > Said.\n" for n in (1, 2, 3))
    found = options_of(question(steps, "ordering"), tmp_path)
    assert [words(step["html"]).split() for step in found] == [["Run", "step", n] for n in "123"]


def test_options_that_differ_in_the_indents_of_their_code_are_two(tmp_path: Path) -> None:
    listed = "".join(
        f"- [{mark}] Code:\n  ```python\n  if a:\n      b()\n  {indent}c()\n  ```\n  > Said.\n"
        for mark, indent in (("x", ""), (" ", "    "))
    )
    assert len(options_of(question(listed), tmp_path)) == 2


def test_a_problem_in_a_block_has_its_own_line(tmp_path: Path) -> None:
    _source, problems = source_of(question(option("This:\n  ```nolanguage\n  x\n  ```")), tmp_path)
    assert [(problem.line, problem.what) for problem in problems] == [
        (15, 'the language "nolanguage" is not known')
    ]


def test_a_value_of_several_lines_is_a_problem(tmp_path: Path) -> None:
    _source, problems = source_of(question("- [x] word\n  - other\n  > Yes.\n", "short_text"), tmp_path)
    assert [(problem.line, problem.what) for problem in problems] == [
        (14, "this entry is more than one line")
    ]


def test_fragments_of_a_question_share_no_id(tmp_path: Path) -> None:
    note = "a[^1]\n{0}\n{0}[^1]: note\n"
    quoted = note.format("  > ")
    listed = f"- [x] Yes\n  > {quoted}- [ ] No\n  > {quoted}\n### Hint\n{note.format('')}"
    text = (
        question(listed).replace("Because.", note.format("")).replace("Which?", f"Which?\n{note.format('')}")
    )
    sources = [source_of(text, tmp_path, slug)[0] for slug in ("first", "second")]
    html = " ".join(
        " ".join(
            [q.stem, q.explanation, *q.hints, *(o["html"] + o["feedback"] for o in q.definition["options"])]
        )
        for source in sources
        if source
        for q in source.questions
    )
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 2 * 5 * 2
    assert {href[1:] for href in re.findall(r'href="(#[^"]+)"', html)} == set(ids)

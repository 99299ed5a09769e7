"""Lists, headings and footnotes come out as authors expect of CommonMark, or are problems with their line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.links import NoLinks
from authoring.problems import Problems
from authoring.rendering.headings import LONGEST_ID
from authoring.rendering.lists import as_parser_reads
from authoring.rendering.markdown import render
from authoring.rendering.rendered import Rendered


def rendered(text: str, prefix: str = "") -> tuple[Rendered, Problems]:
    problems = Problems()
    result = render(text, file="a.md", problems=problems, links=NoLinks(), trusted=True, prefix=prefix)
    return result, problems


def tags(text: str) -> str:
    """The tags of lists and their words, without blanks and paragraphs."""
    return re.sub(r"\s+|</?p>", "", rendered(text)[0].html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        *((f"Three:\n{mark} a\n{mark} b", "Three:<ul><li>a</li><li>b</li></ul>") for mark in "-*+"),
        ("Steps:\n1. a\n2. b", "Steps:<ol><li>a</li><li>b</li></ol>"),
        ("Steps:\n1) a\n2) b", "Steps:<ol><li>a</li><li>b</li></ol>"),
        ("In\n2019. it was so", "In2019.itwasso"),
        ("- a\n  - b\n  - c\n- d", "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>"),
        ("- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"),
        ("- a\n    - b\n        - c", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li></ul>"),
        ("- a\n\t- b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("1. a\n   - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"),
        ("10. a\n    - b\n11. c", '<olstart="10"><li>a<ul><li>b</li></ul></li><li>c</li></ol>'),
        ("- a\n  1. b\n  2. c", "<ul><li>a<ol><li>b</li><li>c</li></ol></li></ul>"),
        ("- a\n  - b\n\n  after", "<ul><li>a<ul><li>b</li></ul>after</li></ul>"),
        ("- a\n\n  second\n- b", "<ul><li>asecond</li><li>b</li></ul>"),
        ("- a\nlazy\n- b", "<ul><li>alazy</li><li>b</li></ul>"),
        ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("> p\n> - a\n>   - b", "<blockquote>p<ul><li>a<ul><li>b</li></ul></li></ul></blockquote>"),
        ("- a\n\nend", "<ul><li>a</li></ul>end"),
    ],
)
def test_lists_are_read_as_commonmark_reads_them(text: str, html: str) -> None:
    assert tags(text) == html
    assert rendered(text)[1] == []


def test_a_listing_and_a_table_stay_in_their_item_at_two_spaces() -> None:
    html = rendered(
        "- a\n\n  ```python\n  if x:\n      y\n  ```\n\n  | h | i |\n  | - | - |\n  | 1 | 2 |\n- b\n"
    )[0].html
    item = html.split("<li>")[1]
    assert "<table" in item
    assert re.sub(r"<[^>]*>", "", item[item.index("<code>") :]).startswith("if x:\n    y\n")
    assert html.count("<li>") == 2


@given(
    st.lists(
        st.sampled_from(
            [
                "- a",
                "  - b",
                "    - c",
                "1. d",
                "text",
                "  more",
                "",
                "```",
                "> q",
                "## H",
                "| x |",
                "--- | ---",
                "x | y",
            ]
        ),
        max_size=12,
    )
)
def test_no_word_is_lost_on_the_way_to_the_parser_and_twice_is_once(rows: list[str]) -> None:
    text = "\n".join(rows)
    once = as_parser_reads(text)
    assert re.findall(r"\w+", once) == re.findall(r"\w+", text)


@pytest.mark.parametrize(
    "titles",
    [
        ["Retry in C", "Retry in C++", "Retry in C#"],
        ["Was it sent?", "Was it sent!"],
        ["Повтор", "Очередь", "重试", "队列", "ลองใหม่", "إعادة"],
        ["Naïve café", "Naive cafe"],
        ["Next 1", "Same_1", "Same 1"],
        ["word " * 40 + "a", "word " * 40 + "b"],
        ["漢" * 200, "漢" * 201],
        ["?", "!", "…"],
        ["Main", "Check one", "Sequence 1", "q1", "fn one"],
        ["🚀 Start", "Start 🚀"],
    ],
)
def test_every_heading_has_an_anchor_of_its_own_in_any_script(titles: list[str]) -> None:
    result, problems = rendered("\n\n".join(f"## {title}\n\nText." for title in titles))
    assert problems == []
    ids = [heading.id for heading in result.headings]
    assert len(set(ids)) == len(titles)
    assert re.findall(r'<h2 id="([^"]+)"', result.html) == ids
    assert all(ident and len(ident) <= LONGEST_ID + 10 for ident in ids)
    assert not {"main", "q1", "sequence-1"} & set(ids)


def test_a_link_finds_a_long_heading_and_one_in_another_script() -> None:
    title = "The quick brown fox jumps over the lazy dog " * 4
    slug = title.strip().lower().replace(" ", "-")
    result, problems = rendered(f"## {title}\n\n[a](#{slug})\n\n## Повтор\n\n[b](#повтор)\n")
    assert problems == []
    assert {f"#{heading.id}" for heading in result.headings} == set(
        re.findall(r'<a href="([^"]+)"', result.html)
    )


def test_the_same_heading_twice_is_a_problem_on_its_line() -> None:
    problems = rendered("## One\n\ntext\n\n## one\n\ntext")[1]
    assert [(problem.line, problem.what) for problem in problems] == [(5, 'two headings are "one"')]


@pytest.mark.parametrize("name", ["1", "Kettle2024", "a.b", "naïve", "x y", "C++", 'a"b', "重", "A_b:c"])
def test_a_footnote_may_have_any_name_and_its_links_lead_there_and_back(name: str) -> None:
    html = rendered(f"One[^{name}] and again[^{name}].\n\n[^{name}]: Note.\n", prefix="q:")[0].html
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    hrefs = {href[1:] for href in re.findall(r'href="(#[^"]+)"', html)}
    assert hrefs == ids
    assert len(ids) == 3


def test_names_of_footnotes_that_differ_in_case_or_signs_are_two_notes() -> None:
    html = rendered("a[^x] b[^X] c[^x.]\n\n[^x]: one\n[^X]: two\n[^x.]: three\n")[0].html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(ids)) == len(ids) == 6


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        *((f"a\n\n{row}", 3, "this # begins no heading") for row in ("##second", "###x", "#tag", "> ##q")),
        ("a\n\n##\u00a0x", 3, "this # begins no heading"),
        ("a\n\n\uff03\uff03 x", 3, "this # begins no heading"),
        *((f"a\n\n{row}", 3, "a heading is indented") for row in (" ## second", "   ### x")),
        ("```python\na\n## second\n```toml\nx\n```\n", 4, "a listing begins in the listing of line 1"),
        ("a\n\n<!-- b\n\n## c\n", 3, "this comment does not end"),
        ("a[^1]\n\n[^1]: b\n[^1]: c\n", 4, "the footnote [^1] is written twice"),
    ],
)  # fmt: skip
def test_what_markdown_would_swallow_is_a_problem_on_its_line(text: str, line: int, what: str) -> None:
    assert (line, what) in [(problem.line, problem.what) for problem in rendered(text)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "\\#1 of all",
        "`##x`",
        "C# and F#",
        "```text\n##x\n```",
        "````text\n```toml\n```\n````",
        "<!-- a -->\n\nb",
    ],
)
def test_what_only_looks_like_a_swallowed_heading_is_no_problem(text: str) -> None:
    assert rendered(text)[1] == []

"""Whatever an author types, rendering answers with safe HTML; problems are told, never raised."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from authoring.links import NoLinks
from authoring.problems import Problems
from authoring.rendering.markdown import render

PIECES = [
    *(
        "<script>",
        "</script>",
        "<img src=x onerror=y>",
        "<svg onload=x>",
        "javascript:",
        "<a href='",
        "'>",
        "<div style=x>",
    ),
    *(
        "```",
        '```python title="',
        '"',
        "~~~",
        "`",
        "::: sequence",
        "::: lab x",
        ":::",
        "::: 0",
        "title: a",
        "lanes: a b",
    ),
    *(
        "1 a -> b: x",
        "1..2 a: y",
        "!!! note",
        '!!! claim "x"',
        '=== "T"',
        "| a | b |",
        "| --- | --: |",
        "[^1]",
        "[^1]: n",
    ),
    *(
        "[x](",
        "glossary:y",
        ")",
        "![",
        "](",
        "# ",
        "## ",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\n",
        "\n\n",
        " ",
        "&lt;",
        "\x02",
        "\x03",
    ),
    *("+++", "*[A]: b", "A", "\\", "held", "wzxhzdk:0", "\u2028", "<!--", "-->", "<!", "<?", "]]>", "&#x3C;"),
]
ALLOWED_TAGS = {
    *("a", "abbr", "aside", "b", "blockquote", "br", "button", "code", "dd", "del"),
    *("desc", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h2", "h3"),
    *("h4", "hr", "kbd", "li", "ol", "p", "path", "pre", "q", "rect"),
    *("section", "span", "strong", "sub", "summary", "sup", "svg", "table", "tbody", "td"),
    *("text", "th", "thead", "title", "tr", "ul", "use", "circle", "caption"),
}


class _Audit(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            if (
                name == "style"
                or name.startswith("on")
                or re.match(r"(?i)\s*(javascript|data|vbscript):", value or "")
            ):
                self.bad.append(f"{tag} {name}={value}")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=25).map("".join), st.booleans()
)
@example("::: 0\n", True)
@example("\x02wzxhzdk:0\x03", True)
@example("```python\nx\n```\n\n\x02wzxhzdk:0\x03", False)
def test_rendering_is_safe_and_never_fails(text: str, trusted: bool) -> None:
    problems = Problems()
    result = render(text, file="a.md", problems=problems, links=NoLinks(), trusted=trusted)
    audit = _Audit()
    audit.feed(result.html)
    assert audit.bad == []
    assert all(problem.line >= 1 for problem in problems)
    assert "<div>held" not in result.html


def test_an_untrusted_text_has_no_html_and_no_mounts() -> None:
    problems = Problems()
    result = render(
        "<kbd>x</kbd>\n\n::: lab first\n:::\n", file="a.md", problems=problems, links=NoLinks(), trusted=False
    )
    assert "<kbd>" not in result.html
    assert result.mounts == []
    assert [problem.what for problem in problems] == ["::: lab isn't allowed in this text"]


def test_one_text_leaves_nothing_behind_for_the_next() -> None:
    first = render(
        "[a]: https://example.org/\n\n## One\n\nx[^1]\n\n[^1]: n\n",
        file="a.md",
        problems=Problems(),
        links=NoLinks(),
        trusted=True,
    )
    second = render("[a] and\n\n## One\n", file="b.md", problems=Problems(), links=NoLinks(), trusted=True)
    assert 'id="one"' in first.html
    assert second.html == '<p>[a] and</p>\n<h2 id="one">One</h2>'

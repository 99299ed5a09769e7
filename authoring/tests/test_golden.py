"""Every construct that authors may write, as it is rendered; `GOLDEN=write` renews the files after a look at
the diff.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from authoring.links import Link
from authoring.problems import Problems
from authoring.rendering.markdown import Rendered, render

GOLDEN = Path(__file__).parent / "golden"
TEXTS = sorted(GOLDEN.glob("*.md"))


class EveryLink:
    def resolve(self, scheme: str, target: str) -> Link | None:
        return Link(None if target == "idempotency" else f"/{scheme}/{target}")

    def targets(self, scheme: str) -> list[str]:
        return []


def rendered(text: str, *, trusted: bool = True) -> tuple[Rendered, Problems]:
    problems = Problems()
    return render(text, file="a.md", problems=problems, links=EveryLink(), trusted=trusted), problems


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_each_construct_is_rendered_as_the_golden_file_says(path: Path, trusted: bool) -> None:
    result, _ = rendered(path.read_text(), trusted=trusted)
    golden = path.with_suffix(".html" if trusted else ".untrusted.html")
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(result.html)
    assert result.html == golden.read_text()


def test_there_are_golden_texts() -> None:
    assert len(TEXTS) >= 6


@pytest.mark.parametrize(
    "path", [path for path in TEXTS if path.stem != "hostile"], ids=lambda path: path.stem
)
def test_what_is_golden_has_no_problems(path: Path) -> None:
    assert rendered(path.read_text())[1] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("trusted", [True, False])
def test_nothing_that_the_content_security_policy_forbids_comes_out(path: Path, trusted: bool) -> None:
    html = rendered(path.read_text(), trusted=trusted)[0].html
    tags = " ".join(re.findall(r"<[^>]*>", html))
    assert not re.search(r"\s(style|on\w+)\s*=", tags)
    assert not re.search(r"<(script|style|iframe|img|object|form|input)\b", tags)
    assert "javascript:" not in tags
    assert "data:" not in tags


def test_parts_and_html_say_the_same() -> None:
    result, _ = rendered((GOLDEN / "blocks.md").read_text())
    assert [part if isinstance(part, str) else part.kind for part in result.parts][1::2] == [
        "quick-check",
        "lab",
    ]

    assert not any("data-mount" in part for part in result.parts if isinstance(part, str))


def test_the_same_text_gives_the_same_html_twice() -> None:
    text = (GOLDEN / "blocks.md").read_text()
    assert rendered(text)[0].html == rendered(text)[0].html


def test_sections_hold_the_plain_text_of_prose_listings_and_figures() -> None:
    result, _ = rendered(
        "Intro `a`.\n\n## One\n\n```python\nunacked = 1\n```\n\n### Two\n\nEnd <kbd>K</kbd>.\n"
    )
    assert [(s.id, s.title, s.text) for s in result.sections] == [
        ("", "", "Intro a."),
        ("one", "One", "unacked = 1"),
        ("two", "Two", "End K."),
    ]


def test_two_texts_on_one_page_share_no_id() -> None:
    text = (GOLDEN / "blocks.md").read_text() + "\n## Heading\n\n[here](#heading)\n"
    problems = Problems()
    html = render(text, file="a.md", problems=problems, links=EveryLink(), trusted=True, prefix="q1-").html
    assert re.findall(r'\bid="(?!q1-)', html) == []
    assert 'href="#q1-heading"' in html
    assert problems == []


def test_a_heading_never_takes_the_id_of_the_page() -> None:
    assert rendered("## Main\n")[0].headings[0].id == "main-section"

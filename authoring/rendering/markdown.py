"""Markdown as our authors write it, rendered once, when content is loaded or saved.

The order is what makes it safe: read our own blocks from the source, let Markdown make HTML of the rest,
sanitise that by the allow-list, and only then insert what we made ourselves (listings, figures) and cut at
the mounts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as etree  # noqa: N813 - Markdown itself calls it so

from django.utils.translation import gettext as _
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from authoring import lines, links
from authoring.code import highlighting, listings
from authoring.figures import drawing, sequence
from authoring.links import LinkResolver, Reference
from authoring.problems import Problems, nearest
from authoring.rendering import blocks, headings, lists, plain, prose, sanitise, trees
from authoring.rendering.rendered import Heading, Mount, Rendered
from authoring.rendering.stash import Stash


@dataclass(slots=True)
class _Work:
    """The state of one rendering."""

    file: str
    problems: Problems
    resolver: LinkResolver
    trusted: bool
    prose: list[lines.Line]
    prefix: str = ""
    stash: Stash = field(default_factory=Stash)
    result: Rendered = field(default_factory=Rendered)

    def line_with(self, text: str, *, last: bool = False) -> int:
        """The number of the first line of prose that contains the text, or of the last one (`last`). If no
        line contains it: the number of the first line of prose, or 1 if there is none.
        """
        found = [line.number for line in self.prose if text in line.raw] or [
            line.number for line in self.prose[:1]
        ]
        return (found or [1])[-1 if last else 0]


class _OurTree(Treeprocessor):
    """Runs after all of Markdown's own, when headings have ids and inline text is parsed."""

    work: _Work

    def text_of(self, element: etree.Element) -> str:
        """The element's text."""
        return plain.text_of(element, self.md.htmlStash.rawHtmlBlocks, self.work.stash)

    def run(self, root: etree.Element) -> None:
        work = self.work
        _check_links(root, work)
        _refuse_pictures(root, work)
        work.result.headings = _checked_headings(root, work, self.text_of)
        trees.callouts(root, work.stash)
        trees.tabs(root)
        trees.tables(root)
        trees.footnotes(root)
        work.result.sections = headings.sections(root, self.text_of)
        trees.takeaways(root)
        trees.prefix_ids(root, work.prefix)


def _check_links(root: etree.Element, work: _Work) -> None:
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter("a"):
        href = element.get("href", "").strip()
        target = links.ours(href)
        if target is not None:
            _resolve_link(element, href, *target, work)
        elif links.is_external(href):
            element.set("rel", "noopener noreferrer")
            element.set("class", "external")
        elif href.startswith("#"):
            if (short := headings.shortened(unquote(href[1:]))) in ids:
                element.set("href", f"#{short}")
            elif not href.startswith("#fn"):
                what = f'there is no heading "{href}" here'
                work.problems.add(work.file, work.line_with(href), what, nearest(href[1:], filter(None, ids)))
        else:
            what = f'the link "{href}" leads nowhere that is allowed' if href else "a link has no target"
            fix = "write https://..., #heading, or glossary: lesson: lab: pack: and a name"
            work.problems.add(work.file, work.line_with(f"({href}" if href else "]("), what, fix)
            element.attrib.pop("href", None)


def _resolve_link(element: etree.Element, href: str, scheme: str, target: str, work: _Work) -> None:
    line = work.line_with(href)
    work.result.references.append(Reference(scheme, target, line))
    found = work.resolver.resolve(scheme, target)
    element.attrib.pop("href")
    if found is None:
        what = f'there is no {links.NAMES[scheme]} "{target}"'
        work.problems.add(work.file, line, what, nearest(target, work.resolver.targets(scheme)))
    elif found.url is None:
        element.tag = "span"
        element.set("class", "planned")
        element.attrib.pop("title", None)
        mark = etree.SubElement(element, "span", {"class": "planned-mark"})
        mark.text = f" ({_('planned')})"
    else:
        element.set("href", found.url)
        if scheme == "glossary":
            element.set("class", "term")


def _refuse_pictures(root: etree.Element, work: _Work) -> None:
    for element in root.iter("img"):
        src = element.get("src", "")
        fix = "draw it with ::: sequence, or describe it"
        work.problems.add(work.file, work.line_with(src), f'the picture "{src}" is not allowed', fix)


def _checked_headings(root: etree.Element, work: _Work, text_of: headings.TextOf) -> list[Heading]:
    found = headings.find(root, text_of)
    for title in headings.twice(found):
        line = work.line_with(title, last=True)
        fix = "give each its own words: links point at them"
        work.problems.add(work.file, line, f'two headings are "{title}"', fix)
    if not all(heading.title for heading in found):
        work.problems.add(work.file, work.line_with("##"), "a heading is empty", "give it a title")
    return found


class _OurMarkdown(Markdown):
    """Markdown with our two processors at hand."""

    tree: _OurTree
    places: blocks.BlockOfOurs


def _accept_fence(
    language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """The superfences validator: what is wrong was reported with its line before (`listings.check`)."""
    options.update(inputs)
    return True


def _hold_listing(
    source: str, language: str, css: str, options: dict[str, str], md: _OurMarkdown, **_rest: Any
) -> str:
    work = md.tree.work
    try:
        highlighted = listings.highlighted(options.get("hl_lines", ""))
    except ValueError:
        highlighted = set()
    drawn = highlighting.listing(source, language, options.get("title", ""), highlighted)
    return f"<div>{work.stash.hold(drawn, source)}</div>"


def _build_parser(*, trusted: bool) -> _OurMarkdown:
    fence = {"name": "*", "class": "", "validator": _accept_fence, "format": _hold_listing}
    md = _OurMarkdown(
        extensions=[
            "abbr",
            "admonition",
            "footnotes",
            "sane_lists",
            "tables",
            "toc",
            "pymdownx.superfences",
            "pymdownx.tabbed",
        ],
        extension_configs={
            "footnotes": {
                "BACKLINK_TEXT": "\u21a9\ufe0e",
                "BACKLINK_TITLE": _("Back to the text"),
                "SUPERSCRIPT_TEXT": "{}",
            },
            "tables": {"use_align_attribute": True},
            "toc": {"slugify": headings.slug, "marker": ""},
            "pymdownx.superfences": {"custom_fences": [fence], "disable_indented_code_blocks": True},
        },
        output_format="html",
    )
    md.tree, md.places = _OurTree(md), blocks.BlockOfOurs(md.parser)
    md.treeprocessors.register(md.tree, "ours", -1)  # after the last of Markdown's, which unescapes
    md.parser.blockprocessors.register(md.places, "ours", 110)
    if not trusted:
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
    return md


class _ParsersOfThread(threading.local):
    """Each thread keeps two Markdown parsers, one for trusted and one for other texts: building one takes
    milliseconds, and threads cannot share one.
    """

    def __init__(self) -> None:
        self.by_trust: dict[bool, _OurMarkdown] = {}

    def get(self, *, trusted: bool) -> _OurMarkdown:
        if trusted not in self.by_trust:
            self.by_trust[trusted] = _build_parser(trusted=trusted)
        md = self.by_trust[trusted]
        md.reset()
        return md


_parsers = _ParsersOfThread()


def _hold_figure(block: blocks.Block, number: int, work: _Work) -> str:
    """The placeholder of a drawing; "" where the block has a problem."""
    before = len(work.problems)
    drawn = sequence.read(block.body, work.file, block.line, work.problems)
    if drawn.trace and not work.trusted:
        fix = "only lessons are compared with recorded runs: remove trace:"
        work.problems.add(work.file, block.line, "::: sequence with trace: isn't allowed in this text", fix)
    if len(work.problems) > before:
        return ""
    if drawn.trace:
        work.result.recorded.append(drawn)
    return work.stash.hold(drawing.figure(drawn, f"{work.prefix}sequence-{number}"), drawing.plain(drawn))


def _placeholders(found: list[blocks.Block], work: _Work) -> tuple[list[str], dict[str, int]]:
    """A placeholder for each block, "" for a block with a problem; and the numbers of the mounts by their
    placeholders.
    """
    words: list[str] = []
    mounts: dict[str, int] = {}
    drawings = 0
    for block in found:
        word = ""
        if block.name == "sequence":
            drawings += 1
            word = _hold_figure(block, drawings, work)
        elif not work.trusted and block.name:
            fix = "it belongs to lessons"
            work.problems.add(work.file, block.line, f"::: {block.name} isn't allowed in this text", fix)
        elif block.quiz or block.lab:
            mount = Mount(block.name, block.line, block.quiz, block.question, block.lab)
            word = work.stash.hold(f'<div data-mount="{len(mounts)}"></div>')
            mounts[word] = len(mounts)
            work.result.mounts.append(mount)
        words.append(word)
    return words, mounts


def _with_placeholders(text: str, first_line: int, found: list[blocks.Block]) -> str:
    """The text with each block of ours replaced by one line that has its number."""
    rest = text.splitlines()
    for number in range(len(found) - 1, -1, -1):
        block = found[number]
        rest[block.line - first_line : block.last_line - first_line + 1] = ["", f"::: {number}", ""]
    return lists.as_parser_reads("\n".join(rest))


def render(
    text: str,
    *,
    file: str,
    first_line: int = 1,
    problems: Problems,
    links: LinkResolver,
    trusted: bool,
    prefix: str = "",
) -> Rendered:
    """Render a text whose first line is line `first_line` of its file; what is wrong in it is added to
    `problems`.

    A text that is not trusted has no raw HTML and no mounts. `prefix` is put before every id, for texts that
    share a page. The HTML is safe in every case, problems or not.
    """
    items, found = blocks.take(lines.read(text, first_line), file, problems)
    work = _Work(
        file, problems, links, trusted, [item for item in items if isinstance(item, lines.Line)], prefix
    )
    prose.check(items, file, problems, trusted=trusted)
    listings.check((item for item in items if isinstance(item, lines.Fence)), file, problems)
    words, mounts = _placeholders(found, work)
    md = _parsers.get(trusted=trusted)
    md.places.words, md.tree.work = words, work
    cleaned = sanitise.clean(md.convert(_with_placeholders(text, first_line, found)))
    result = work.result
    for piece in work.stash.pieces(cleaned, mounts):
        result.parts.append(result.mounts[piece] if isinstance(piece, int) else work.stash.insert(piece))
    result.parts = [part for part in result.parts if not isinstance(part, str) or part.strip()]
    result.html = work.stash.insert(cleaned)
    return result

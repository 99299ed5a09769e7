"""Changes the element tree from Markdown into our HTML: callouts, tables, tabs, takeaways, footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as etree  # noqa: N813 - Markdown itself calls it so

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authoring.rendering.prose import VERDICT
from authoring.rendering.stash import Stash

CALLOUTS = {
    "note": ("callout callout--note", "i-note", gettext_lazy("Note")),
    "pitfall": ("callout callout--pitfall", "i-warn", gettext_lazy("Pitfall")),
    "rule": ("callout callout--thumb", "i-rule", gettext_lazy("Rule")),
    "claim": ("callout callout--claim", "i-trace", gettext_lazy("Claim")),
}
TAKEAWAYS = "takeaways"


def parents(root: etree.Element) -> Iterator[tuple[etree.Element, int, etree.Element]]:
    """Yield each element below the root with its parent and its place there. All pairs are found before the
    first one is yielded, so the caller may change the tree.
    """
    found = [(parent, child) for parent in root.iter() for child in parent]
    for parent, child in found:
        yield parent, list(parent).index(child), child


def callouts(root: etree.Element, stash: Stash) -> None:
    """Change each `!!! kind "title"` into an aside with a label and a body."""
    for box in list(root.iter("div")):
        classes = box.get("class", "").split()
        if classes[:1] != ["admonition"] or len(classes) < 2 or classes[1] not in CALLOUTS:
            continue
        name, icon, label = CALLOUTS[classes[1]]
        title = box.find("p[@class='admonition-title']")
        content = [child for child in box if child is not title]
        box.clear()
        box.tag, box.tail = "aside", "\n"
        box.set("class", name)
        box.set("role", "note")
        box.set("aria-label", str(label))
        heading = etree.SubElement(box, "p", {"class": "label"})
        heading.text = stash.hold(f'<svg class="ico" aria-hidden="true"><use href="#{icon}"/></svg>') + str(
            label
        )
        body = etree.SubElement(box, "div")
        if title is not None and "".join(title.itertext()) != classes[1].capitalize():
            title.set("class", "said")
            title.tag = "p"
            body.append(title)
        body.extend(content)
        if classes[1] == "claim" and content:
            _verdict(content[0])


def _verdict(paragraph: etree.Element) -> None:
    """Mark the verdict with which a claim's text begins."""
    found = VERDICT.match(paragraph.text or "")
    if found and paragraph.tag == "p":
        mark = etree.Element("b", {"class": "verdict"})
        mark.text, mark.tail = found[0], (paragraph.text or "")[found.end() :]
        paragraph.text = None
        paragraph.insert(0, mark)


def tables(root: etree.Element) -> None:
    """Let tables scroll in a named region, mark the first column as the row's name, and write alignment as a
    class.
    """
    heading = ""
    for parent, place, element in parents(root):
        if re.fullmatch("h[2-4]", element.tag):
            heading = "".join(element.itertext())
        if element.tag != "table":
            continue
        _cells(element)
        columns = len(element.findall("thead/tr/*"))
        element.set("class", "table table--prose" if columns > 2 else "table")
        label = (
            _("Table, scrollable: %(heading)s") % {"heading": heading} if heading else _("Table, scrollable")
        )
        region = etree.Element(
            "div", {"class": "scroll-x", "tabindex": "0", "role": "group", "aria-label": label}
        )
        region.tail, element.tail = element.tail, None
        region.append(element)
        parent[place] = region


def _cells(table: etree.Element) -> None:
    for cell in list(table.iter("th")) + list(table.iter("td")):
        style = cell.attrib.pop("style", "") + cell.attrib.pop("align", "")
        if "right" in style:
            cell.set("class", "r")
        elif "center" in style:
            cell.set("class", "c")
    for cell in table.findall("thead/tr/th"):
        if (cell.text or "").strip() or len(cell):
            cell.set("scope", "col")
        else:
            cell.tag = "td"
    for row in table.findall("tbody/tr"):
        if len(row) and ((row[0].text or "").strip() or len(row[0])):
            row[0].tag = "th"
            row[0].set("scope", "row")


def tabs(root: etree.Element) -> None:
    """Change tabs into a group of details of which one is open: they work with a keyboard and without
    JavaScript.
    """
    for number, group in enumerate(
        [box for box in root.iter("div") if box.get("class") == "tabbed-set"], start=1
    ):
        titles = group.findall("label")
        bodies = [box for box in group.findall("div") if box.get("class") == "tabbed-content"]
        tail = group.tail
        group.clear()
        group.set("class", "tabset")
        group.tail = tail
        for place, (title, body) in enumerate(zip(titles, bodies, strict=True)):
            part = etree.SubElement(group, "details", {"class": "tab", "name": f"tabs-{number}"})
            if place == 0:
                part.set("open", "")
            summary = etree.SubElement(part, "summary")
            summary.text = title.text
            summary.extend(list(title))
            body.attrib.clear()
            part.append(body)


def takeaways(root: etree.Element) -> None:
    """Put the heading with the id `takeaways` and the list under it into one section with numbers."""
    for place, heading in enumerate(list(root)):
        follows = root[place + 1] if place + 1 < len(root) else None
        if heading.get("id") == TAKEAWAYS and follows is not None and follows.tag in ("ul", "ol"):
            section = etree.Element("section", {"class": TAKEAWAYS, "aria-labelledby": TAKEAWAYS})
            follows.tag = "ol"
            for item in follows.findall("li"):
                _wrap(item)
            section.extend([heading, follows])
            section.tail = "\n"
            root[place : place + 2] = [section]
            return


def _wrap(item: etree.Element) -> None:
    """The item's content in one element, so that the page may put its number beside it."""
    whole = etree.Element("span")
    whole.text, item.text = item.text, None
    whole.extend(list(item))
    for child in list(item):
        item.remove(child)
    item.append(whole)


_NOTE = re.compile(r"(?P<kind>fn|fnref\d*):(?P<name>.*)\Z", re.DOTALL)


def _number_notes(root: etree.Element) -> None:
    """Ids of footnotes by number: their names may hold any sign, an id may not."""
    numbers: dict[str, int] = {}
    for element in root.iter():
        for attribute, before in (("id", ""), ("href", "#")):
            value = element.get(attribute, "")
            if value.startswith(before) and (note := _NOTE.match(value.removeprefix(before))):
                number = numbers.setdefault(note["name"], len(numbers) + 1)
                element.set(attribute, f"{before}{note['kind']}:{number}")


def footnotes(root: etree.Element) -> None:
    """The notes at the end, without their rule, in a class of ours."""
    _number_notes(root)
    for box in root.iter("div"):
        if box.get("class") == "footnote":
            box.set("class", "footnotes")
            if (line := box.find("hr")) is not None:
                box.remove(line)


def prefix_ids(root: etree.Element, prefix: str) -> None:
    """Put a prefix before every id, and before every link to one."""
    if not prefix:
        return
    for element in root.iter():
        for name in ("id", "aria-labelledby", "name"):
            if value := element.get(name):
                element.set(name, prefix + value)
        if (href := element.get("href", "")).startswith("#"):
            element.set("href", f"#{prefix}{href[1:]}")

"""A small course for tests of pages, and a reader of their markup."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import count
from typing import Any

from courseware.models import GlossaryTerm, Lesson, Module
from labs.models import Lab, LabRevision, Run
from quizzes.models import Attempt, Quiz, QuizRevision

_numbers = count(1)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PROSE = [{"kind": "html", "html": '<h2 id="why">Why</h2><p>Because.</p><h2 id="how">How</h2><p>So.</p>'}]
TOC = [{"id": "why", "title": "Why", "level": 2}, {"id": "how", "title": "How", "level": 2}]


def make_module(**overrides: Any) -> Module:
    number = next(_numbers)
    return Module.objects.create(
        **{"number": number, "slug": f"m{number}", "title": f"Module {number}", **overrides}
    )


def make_lesson(**overrides: Any) -> Lesson:
    number = next(_numbers)
    fields = {
        "number": number,
        "slug": f"lesson-{number}",
        "title": f"Lesson number {number}",
        "summary": "A sentence about it.",
        "objectives": ["Say what it is"],
        "minutes": 10,
        "systems": ["celery"],
        "parts": PROSE,
        "toc": TOC,
        "source": "## Why\n\nBecause.\n",
        "content_hash": "a" * 64,
        **overrides,
    }
    return Lesson.objects.create(**{"module": fields.pop("module", None) or make_module(), **fields})


def make_course() -> list[Lesson]:
    """Two modules of two lessons, each with a quiz and a lab, and a glossary of two terms."""
    lessons = []
    for _ in range(2):
        module = make_module()
        for _ in range(2):
            slug = f"lesson-{next(_numbers)}"
            parts = [*PROSE, {"kind": "lab", "lab": slug}]
            lessons.append(make_lesson(module=module, slug=slug, lab=slug, quiz=slug, parts=parts))
            make_lab(slug)
            Quiz.objects.create(slug=slug, title="Quiz", lesson=slug)
    for title in ("Broker", "Message"):
        slug = title.lower()
        told = {"title": title, "html": "<p>It is.</p>", "text": "It is.", "see_also": ["broker"]}
        GlossaryTerm.objects.get_or_create(slug=slug, defaults=told)
    return lessons


def make_lab(slug: str, titles: tuple[str, ...] = ("Runs once", "Runs again")) -> Lab:
    lab = Lab.objects.create(slug=slug, title=f"The bench of {slug}", lesson=slug)
    checks = [{"id": f"c{place}", "title": title} for place, title in enumerate(titles)]
    lab.revision = LabRevision.objects.create(
        lab=lab, digest="d" * 64, definition={"checks": checks, "files": {}}
    )
    lab.save()
    return lab


def make_run(learner: Any, lab: Lab, passed: int, **overrides: Any) -> Run:
    """A run of the learner that ended with so many checks passed."""
    titles = lab.current.definition["checks"]
    checks = [{"id": c["id"], "verdict": "passed" if n < passed else "failed"} for n, c in enumerate(titles)]
    outcome = "passed" if passed == len(titles) else "failed_checks"
    fields = {"state": "ended", "outcome": outcome, "checks": checks, **overrides}
    return Run.objects.create(learner=learner, lab=lab, revision=lab.current, **fields)


def make_attempt(learner: Any, slug: str, score: float | None, number: int = 1) -> Attempt:
    quiz = Quiz.objects.get(slug=slug)
    revision = QuizRevision.objects.keep(quiz, quiz.title, 70, [])
    fields = {"quiz": quiz, "revision": revision, "number": number, "mode": "all", "score": score}
    return Attempt.objects.create(learner=learner, **fields)


class Markup(HTMLParser):
    """What is wrong with a page's markup, and what is in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, dict[str, str | None]]] = []
        self.count: dict[str, int] = {}
        self.links: list[str] = []
        self.feed(page)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]
        self.wrong += [f"id {name} twice" for name in set(self.ids) if self.ids.count(name) > 1]
        self.wrong += [
            f"#{name} is referred to and missing" for name in self.referred if name not in self.ids
        ]
        self.wrong += [
            f"<{tag} {given}> has no label" for tag, given in self.fields if not self._has_name(given)
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in ("aria-labelledby", "aria-describedby", "aria-controls"):
                self.referred += (value or "").split()
        if tag == "script" and "src" not in given:
            self.wrong.append("an inline script")
        if tag == "style":
            self.wrong.append("an inline style sheet")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labelled.add(str(given["for"]))
        href = given.get("href") or ""
        if tag == "a":
            self.links.append(href)
        if tag == "use" or (tag == "a" and href.startswith("#")):
            self.referred.append(href[1:])
        if (
            tag in ("input", "select", "textarea")
            and given.get("type") != "hidden"
            and "label" not in self.open
        ):
            self.fields.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing that is open")

    def _has_name(self, given: dict[str, str | None]) -> bool:
        return bool(
            given.get("aria-label") or given.get("aria-labelledby") or given.get("id") in self.labelled
        )

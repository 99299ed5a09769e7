"""Every address of the site, opened by everybody: who may do what, as one table.

An address that is missing from the table fails the test, and so does a row whose address is gone. Each row is
tried by

    visitor   nobody, with no cookie         learner     owns the attempt, the run and the token of the table
    guest     the guest of a cookie          other       another learner
                                             instructor
                                             staff

`{attempt}` and the like are filled in from `World`. A body is a form, or JSON where it begins with `{`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from accounts.models import User
from accounts.tests.people import client_of, make_guest, make_instructor, make_learner, make_staff
from accounts.tokens import ApiToken
from authoring.links import NoLinks
from authoring.problems import Problems
from courseware.models import GlossaryTerm, Lesson, Module, PassageNote
from labs.catalog import loading as lab_loading
from labs.catalog import saving as lab_saving
from labs.models import Lab, Run
from quizzes.loading import quiz_files as quiz_loading
from quizzes.models import Attempt, Quiz

pytestmark = pytest.mark.django_db

SLUG = "visibility-timeout"
PEOPLE = ("visitor", "guest", "learner", "other", "instructor", "staff")
QUESTION = "three-octobers"
TABLE = (Path(__file__).parent / "permissions.txt").read_text()
ROW = re.compile(r"(?P<method>[A-Z]+) +(?P<path>\S+) *(?P<body>\S.*?)? +(?P<expected>(\d{3} ){5}\d{3})")


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    body: str
    expected: tuple[int, ...]


def read_table() -> list[Row]:
    rows = []
    for line in TABLE.splitlines():
        if line.strip() and not line.startswith("#"):
            match = ROW.fullmatch(line.strip())
            assert match, f"not a row: {line}"
            expected = tuple(int(status) for status in match["expected"].split())
            rows.append(Row(match["method"], match["path"], match["body"] or "", expected))
    assert len(rows) > 70
    return rows


class World:
    """The people and what the learner owns."""

    def __init__(self) -> None:
        self.learner = make_learner()
        self.clients = {
            "visitor": client_of(None),
            "guest": client_of(make_guest()),
            "learner": client_of(self.learner),
            "other": client_of(make_learner()),
            "instructor": client_of(make_instructor()),
            "staff": client_of(make_staff()),
        }
        module = Module.objects.create(number=1, slug="m", title="M")
        lesson = {
            "number": 1,
            "slug": SLUG,
            "title": "L",
            "summary": "S",
            "minutes": 5,
            "content_hash": "a" * 64,
        }
        self.lesson = Lesson.objects.create(module=module, source="text", **lesson)
        GlossaryTerm.objects.create(slug="broker", title="Broker", html="<p>It is.</p>", text="It is.")
        fields = {
            "lesson": self.lesson,
            "kind": "report",
            "body": "b",
            "content_hash": "a",
            "submission": uuid.uuid4(),
        }
        self.note = PassageNote.objects.create(learner=self.learner, **fields)
        self._load_room_contents()
        self.attempt = Attempt.objects.begin(self.learner, Quiz.objects.get(slug=SLUG), "one", 1)
        lab = Lab.objects.get(slug=SLUG)
        start = {
            "learner": self.learner,
            "lab": lab,
            "revision": lab.current,
            "knobs": lab.current.default_knobs(),
        }
        self.run = Run.objects.create(**start)
        self.token, _ = ApiToken.objects.make(self.learner, "laptop")

    def _load_room_contents(self) -> None:
        problems = Problems()
        lab = lab_loading.LabFolder(settings.CONTENT / "labs" / SLUG, problems, NoLinks()).read()
        quiz = quiz_loading.read_quiz(
            settings.CONTENT / "quizzes" / f"{SLUG}.md", "quiz", problems, NoLinks()
        )
        assert quiz is not None
        assert problems == []
        lab_saving.save([lab])
        quiz_loading.save([quiz])

    def fill(self, text: str) -> str:
        """The text with the ids of this world in it."""
        known = {
            "slug": SLUG,
            "question": QUESTION,
            "attempt": self.attempt.pk,
            "run": self.run.pk,
            "note": self.note.pk,
            "token": self.token.pk,
            "user": self.learner.pk,
            "new": uuid.uuid4(),
        }
        return re.sub(r"\{(\w+)\}", lambda match: str(known[match[1]]), text)


def ask(client: Client, method: str, path: str, body: str) -> HttpResponse:
    """One request, whose effects on the database are undone."""
    cache.clear()
    cookies = client.cookies.copy()
    client.raise_request_exception = False
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    try:
        with transaction.atomic():
            response = client.generic(method, path, body, content_type=kind)
            transaction.set_rollback(True)
    finally:
        client.cookies = cookies
    return response  # type: ignore[return-value]


@pytest.mark.parametrize("person", PEOPLE)
def test_each_address_answers_each_person_as_the_table_says(person: str, settings: Any) -> None:
    settings.LABS_GUEST_RUNS = False
    world, wrong = World(), []
    for row in read_table():
        path, body = world.fill(row.path), re.sub(r"^json ", "", world.fill(row.body))
        status = ask(world.clients[person], row.method, path, body).status_code
        expected = row.expected[PEOPLE.index(person)]
        if status != expected:
            wrong.append(f"{row.method} {row.path} {row.body}: {status}, the table says {expected}")
    assert not wrong, f"as {person}:\n" + "\n".join(wrong)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for part in resolver.url_patterns:
        route = prefix + str(part.pattern).removeprefix("^")
        if isinstance(part, URLPattern):
            yield route
        else:
            yield from patterns(part, route)


def test_every_address_of_the_site_is_in_the_table() -> None:
    site = {route for route in patterns(get_resolver()) if not route.startswith("admin/")}
    world = World()
    listed = {
        resolve(world.fill(row.path).partition("?")[0]).route.replace("/^", "/") for row in read_table()
    }
    assert len(site) > 50
    assert site - listed == set(), "write who may open these into tests/permissions.txt"
    assert listed - site == set()


def admin_paths() -> list[str]:
    routes = [route for route in patterns(get_resolver()) if route.startswith("admin/")]
    assert len(routes) > 10
    return ["/" + re.sub(r"<\w+:\w+>", "1", route) for route in routes if "(?P<" not in route]


@pytest.mark.parametrize("person", PEOPLE[:-1])
def test_the_administration_is_for_staff_alone(person: str) -> None:
    world = World()
    for path in admin_paths():
        response = ask(world.clients[person], "GET", path, "")
        assert response.status_code in (302, 403, 404), path
        if response.status_code == 302:
            assert "/login/" in response["Location"] or path == "/admin/logout/", path


def test_staff_opens_the_lists_of_the_administration() -> None:
    world = World()
    for path in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{world.learner.pk}/change/"):
        assert ask(world.clients["staff"], "GET", path, "").status_code == 200
    assert ask(world.clients["staff"], "GET", "/admin/accounts/user/add/", "").status_code == 403
    assert User.objects.count() == 6 - 1

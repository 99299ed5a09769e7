"""Processor time of one page, in milliseconds, in a course of 29 lessons: of a visitor, a guest and a user.

python -m benchmarks.bench_page_cost [--requests 300] [--lessons 29]

The column "no kept" is a visitor who gets no kept page (accounts/pages/kept_pages.py), as if there were none.
Requests go through Django's test client in one process, so the numbers include the client's own work. The row
"empty view" shows how much that is.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.utils import timezone

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

ROUNDS = 3
SLUG = "acks-and-crashes"
PAGES = {
    "empty view": "/empty/",
    "home": "/",
    "lesson": f"/lessons/{SLUG}/",
    "lab": f"/labs/{SLUG}/",
    "quiz": f"/quizzes/{SLUG}/",
    "glossary": "/glossary/",
    "progress": "/progress/",
}


def grow_course(lessons: int) -> None:
    """Copy published lessons with their quizzes and labs until the course has that many."""
    from authoring.content_version import renew_version  # only now: Django was set up in main
    from courseware.models import Lesson, Module

    originals = list(Lesson.objects.published())
    modules = list(Module.objects.order_by("number"))
    Module.objects.update(is_published=True)
    for number in range(100, 100 + lessons - len(originals)):
        copy = Lesson.objects.get(pk=originals[number % len(originals)].pk)
        slug = f"{copy.slug}-{number}"
        copy_lab(copy.lab, slug)
        copy_quiz(copy.quiz, slug)
        copy.pk, copy._state.adding = None, True
        copy.slug = copy.lab = copy.quiz = slug
        copy.number, copy.module = number, modules[number % len(modules)]
        copy.save()
    renew_version()
    assert Lesson.objects.published().count() == lessons


def copy_lab(original: str, slug: str) -> None:
    """A lab of this slug with a revision of its own."""
    from labs.models import Lab  # only now: Django was set up in main

    lab = Lab.objects.published().get(slug=original)
    revision = lab.current
    lab.pk, lab.slug, lab.lesson, lab.revision, lab._state.adding = None, slug, slug, None, True
    lab.save()
    revision.pk, revision.lab, revision._state.adding = None, lab, True
    revision.save()
    lab.revision = revision
    lab.save()


def copy_quiz(original: str, slug: str) -> None:
    """A quiz of this slug with copies of the original's questions."""
    from quizzes.models import QuestionRevision, Quiz  # only now: Django was set up in main

    title = Quiz.objects.get(slug=original).title
    quiz = Quiz.objects.create(slug=slug, title=title)
    questions = list(QuestionRevision.objects.current().filter(quiz__slug=original))
    for question in questions:
        question.pk, question.quiz, question._state.adding = None, quiz, True
        question.save()
    quiz.publish(title=title, pass_mark=70, lesson=slug, questions=questions)


def people() -> dict[str, Client]:
    """A visitor, and a guest and a user with a record (`give_record`)."""
    from accounts.models import User  # only now: Django was set up in main
    from accounts.tests.people import client_of

    guest = User.objects.create_guest()
    user = User.objects.create_user("mira@example.org")
    clients = {
        "visitor": client_of(None),
        "no kept": client_of(None),
        "guest": client_of(guest),
        "user": client_of(user),
    }
    clients["no kept"].cookies["unknown"] = "1"  # whoever brings another cookie gets no kept page
    for name, learner in (("guest", guest), ("user", user)):
        give_record(learner)
        answer_quick_checks(clients[name])
    return clients


def give_record(learner: User) -> None:
    """Half of the lessons read, every other one done; two quizzes passed and one open; two runs of each of
    ten labs.
    """
    from courseware.models import Lesson, LessonProgress  # only now: Django was set up in main
    from labs.models import Lab, Run
    from quizzes.models import Attempt, Quiz

    for place, lesson in enumerate(Lesson.objects.published().order_by("number")[:15]):
        progress = LessonProgress.objects.begin(learner, lesson)
        progress.reach("", 600)
        if place % 2:
            progress.pass_quiz()
    for place, quiz in enumerate(Quiz.objects.published().in_course_order()[:3]):
        attempt = Attempt.objects.begin(learner, quiz, "all", 1)
        if place < 2:
            Attempt.objects.filter(pk=attempt.pk).update(score=80, finished_at=timezone.now())
    for place, lab in enumerate(Lab.objects.published().order_by("place", "slug")[:10]):
        for outcome in ("failed_checks", "passed" if place % 2 else "failed_checks"):
            checks = [{**check, "verdict": "passed"} for check in lab.current.definition["checks"]]
            Run.objects.create(
                learner=learner,
                lab=lab,
                revision=lab.current,
                state="ended",
                outcome=outcome,
                ended_at=timezone.now(),
                checks=checks,
            )


def answer_quick_checks(client: Client) -> None:
    """Answer the choices among the quick checks of the lesson, as a browser without scripts does."""
    page = client.get(PAGES["lesson"]).content.decode()
    for form in re.findall(r'<form[^>]*action="(/quizzes/[^"]*/answer/)"[^>]*>(.*?)</form>', page, re.S):
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[1]))
        picks = dict.fromkeys(re.findall(r'type="radio" name="([^"]+-pick)"', form[1]), "0")
        assert not picks or client.post(form[0], fields | picks).status_code == 302
    assert "data-verdict" in client.get(PAGES["lesson"]).content.decode()


def cost(client: Client, address: str, requests: int) -> float:
    """Milliseconds of processor time a request."""
    began = time.process_time()
    for _ in range(requests):
        assert client.get(address).status_code == 200
    return (time.process_time() - began) / requests * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--lessons", type=int, default=29)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bb-cost-") as state:
        Path(state, "static").mkdir()
        os.environ.update(
            BACKBURNER_STATE=state,
            CACHE_URL="locmemcache://",
            LOG_LEVEL="ERROR",
            ALLOWED_HOSTS="testserver",
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        django.setup()
        from django.conf import settings  # only now: the environment is set

        call_command("migrate", verbosity=0)
        call_command("load_content", stdout=sys.stderr)
        call_command("collectstatic", interactive=False, verbosity=0)
        grow_course(asked.lessons)
        from benchmarks import door  # noqa: F401 - only now: it changes the settings for the empty view

        assert settings.ROOT_URLCONF == "benchmarks.door"
        clients = people()
        sys.stdout.write(f"{'ms a request':14}" + "".join(f"{name:>10}" for name in clients) + "\n")
        for page, address in PAGES.items():
            row = []
            for client in clients.values():
                cost(client, address, 20)
                row.append(min(cost(client, address, asked.requests // ROUNDS) for _ in range(ROUNDS)))
            sys.stdout.write(f"{page:14}" + "".join(f"{value:10.2f}" for value in row) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

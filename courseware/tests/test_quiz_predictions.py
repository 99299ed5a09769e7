"""What the page of a lab says of predictions in quizzes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.tests.people import client_of, make_learner
from courseware.tests import small_course
from labs.models import Lab, Run
from quizzes.models import Attempt, Quiz
from sandbox.protocol import Outcome

pytestmark = pytest.mark.django_db
ADDRESS = "/labs/first/predictions/"


def test_a_lab_names_the_quiz_that_waits_for_its_run_and_then_what_the_run_decided(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    small_course.load(small_course.CONTENT)
    learner = make_learner()
    client = client_of(learner)
    assert client.get(ADDRESS).content.strip() == b""
    attempt = Attempt.objects.begin(learner, Quiz.objects.get(slug="first"), "one", 1)
    item = attempt.items.get(revision__question="two")
    attempt.record(item, "4", uuid.uuid4())
    waits = " ".join(client.get(ADDRESS).content.decode().split())
    assert "You predicted 4 starts. Your first run under these conditions decides:" in waits
    assert "the starter's files; How many pages: 3." in waits.replace("&#x27;", "'")
    assert f'<a href="/quizzes/attempts/{attempt.pk}/?q={item.place}">Back to “The first”</a>' in waits
    assert client_of(make_learner()).get(ADDRESS).content.strip() == b""
    lab = Lab.objects.get(slug="first")
    run = Run.objects.create(lab=lab, revision=lab.current, learner=learner, knobs={"pages": 3})
    with django_capture_on_commit_callbacks(execute=True):
        assert run.end(Outcome.FAILED_CHECKS, lines=[], measures={"starts": 1})
    decided = " ".join(client.get(f"{ADDRESS}?run={run.pk}").content.decode().split())
    assert "You predicted 4 starts; this run measured 1 and has graded the question: not right." in decided
    assert client.get(f"{ADDRESS}?run={uuid.uuid4()}").content.strip() == b""

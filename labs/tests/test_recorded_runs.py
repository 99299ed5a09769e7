"""The recorded runs of the exemplar lab are judged as its author says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.catalog.local_folder import local
from labs.judging.evaluation import Judgement, judge
from labs.models import Lab
from sandbox.protocol import Event, Outcome

pytestmark = pytest.mark.django_db


def judged(lab: Lab, name: str) -> Judgement:
    found = local(lab.slug)
    assert found is not None
    lines = lab.recordings.get(name=name).lines
    knobs: dict[str, Any] = lab.current.default_knobs()
    return judge(found.checks, [Event.from_json(json.loads(line)) for line in lines], knobs)


def test_the_starter_fails_exactly_the_checks_that_its_author_names(lab: Lab) -> None:
    found = judged(lab, "starter")
    failed = [verdict["id"] for verdict in found.checks if verdict["verdict"] == "failed"]
    assert failed == lab.current.definition["starter_fails"]
    assert found.outcome == Outcome.FAILED_CHECKS


def test_the_solution_passes_and_is_measured(lab: Lab) -> None:
    found = judged(lab, "solution")
    assert found.outcome == Outcome.PASSED
    assert found.measures["export_starts"] == 1

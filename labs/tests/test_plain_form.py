"""The form of the bench without scripts reads a predicted number as a quiz does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from labs.models import Run
from labs.tests.conftest import LAB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey", "lab")]


def start(settings: Any, value: str) -> Any:
    settings.LABS_GUEST_RUNS = True
    form = {"file:tasks.py": "x = 1\n", "measure": "export_starts", "value": value}
    return Client().post(f"/labs/{LAB}/runs/", form)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("2,5", 2.5), ("1 234", 1234), ("１２", 12), ("1/4", 0.25), ("3 starts", 3)],
)
def test_a_prediction_is_read_in_any_notation(settings: Any, typed: str, number: float) -> None:
    assert start(settings, typed).status_code == 302
    assert Run.objects.get().prediction == {"measure": "export_starts", "value": number}


@pytest.mark.parametrize("typed", ["", "  "])
def test_a_run_needs_no_prediction(settings: Any, typed: str) -> None:
    assert start(settings, typed).status_code == 302
    assert Run.objects.get().prediction is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("several", "“several” isn&#x27;t a number."),
        ("1,234", "Did you mean 1.234 or 1234?"),
        ("3 s", "“s” isn&#x27;t the unit asked for here."),
        ("nan", "“nan” isn&#x27;t a number."),
    ],
)
def test_an_unreadable_prediction_starts_no_run_and_the_form_says_why(
    settings: Any, typed: str, sentence: str
) -> None:
    answer = start(settings, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert re.search(rf'name="value"[^>]*\svalue="{typed}"', page)
    assert "x = 1" in page
    assert not Run.objects.exists()

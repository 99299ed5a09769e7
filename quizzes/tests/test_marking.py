"""A learner marks an own text: marks that were chosen stay, and the page counts them at once."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from quizzes.models import Attempt, Quiz
from quizzes.tests.conftest import form, item_of

pytestmark = pytest.mark.db
TEXT = """+++
title = "Open"
lesson = "x"
pass_mark = 50
+++

## why
```toml
kind = "open"
level = "senior"
```
Explain.

### Rubric
- (2) RUBRIC A
- (1) RUBRIC B
### Model answer
MODEL
"""
PART = {"HX-Request": "true"}


@pytest.fixture
def answered(load: Callable[..., Quiz], learner: User, visitor: Client) -> Attempt:
    attempt = Attempt.objects.begin(learner, load(TEXT, "open"), Attempt.Mode.ONE_AT_A_TIME, 1)
    item = item_of(attempt, "why")
    visitor.post(f"{attempt.get_absolute_url()}1/answer/", form(item, {"text": ["Because."]}))
    return attempt


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
def test_marks_of_some_points_stay_when_others_are_missing(
    visitor: Client, answered: Attempt, headers: dict[str, str]
) -> None:
    url = f"{answered.get_absolute_url()}1/mark/"
    text = visitor.post(url, {"q1-point-1": "0.5"}, headers=headers).content.decode()
    assert "Mark each point" in text
    assert re.findall(r'id="(q1-p\d\w)" value="[^"]*"\s+checked', text) == ["q1-p1h"]

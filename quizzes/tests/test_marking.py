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


@pytest.mark.parametrize("query", ["", "?q=1"], ids=["review", "one question"])
def test_marks_that_were_given_bring_the_new_result_where_the_page_shows_it(
    visitor: Client, answered: Attempt, query: str
) -> None:
    url = answered.get_absolute_url()
    assert "One answer waits for its grade" in " ".join(visitor.get(url).content.decode().split())
    headers = {**PART, "HX-Current-URL": f"http://testserver{url}{query}"}
    sent = {"q1-point-0": "1", "q1-point-1": "0"}
    text = " ".join(visitor.post(f"{url}1/mark/", sent, headers=headers).content.decode().split())
    assert ("67 %, passed" in text) == (query == "")
    assert ('id="outcome"' in text) == (query == "")
    assert (f'href="{url}?q=1#q1"' in text) == (query != "")
    assert "waits for its grade" not in text

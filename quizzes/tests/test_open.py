"""Explanations that learners mark themselves."""

from pathlib import Path

import pytest

from quizzes.kinds import UnreadableAnswer, Variant, kind_named
from quizzes.kinds.graded_later.open import points_of
from quizzes.tests.conftest import source_of

TEXT = """+++
title = "Open"
lesson = "x"
pass_mark = 50
+++

## why
```toml
kind = "open"
level = "senior"
minutes = 4
```
Explain.

### Rubric
- (2) A
- (1) B, which
  goes on
### Model answer
MODEL
"""


def test_the_weighted_points_that_a_learner_marks_are_the_grade(tmp_path: Path) -> None:
    source, problems = source_of(TEXT, tmp_path)
    assert problems == []
    assert source is not None
    definition, variant = source.questions[0].definition, Variant(0, {})
    kind = kind_named("open")
    assert kind.grade(definition, variant, "words", {}) is None
    graded = kind.grade(definition, variant, "words", {"points": [1.0, 0.5]})
    assert graded is not None
    assert graded.score == pytest.approx(2.5 / 3)
    assert "MODEL" in kind.feedback(definition, variant, "words", {})["model"]
    assert "MODEL" not in repr(kind.form(definition, variant, {}))


def test_every_point_has_to_be_marked(tmp_path: Path) -> None:
    source, _problems = source_of(TEXT, tmp_path)
    assert source is not None
    definition = source.questions[0].definition
    assert points_of(definition, {"point-0": ["1"], "point-1": ["0.5"]}) == [1.0, 0.5]
    for fields in ({}, {"point-0": ["1"]}, {"point-0": ["1"], "point-1": ["7"]}):
        with pytest.raises(UnreadableAnswer):
            points_of(definition, fields)


def test_an_answer_has_a_length_that_its_refusal_names(tmp_path: Path) -> None:
    source, _problems = source_of(TEXT, tmp_path)
    assert source is not None
    with pytest.raises(UnreadableAnswer, match="8000"):
        kind_named("open").read(source.questions[0].definition, Variant(0, {}), {"text": ["x" * 8001]})

"""Mistakes in a question's keys, sections and steps are reported with how to fix them."""

from __future__ import annotations

from pathlib import Path

import pytest

from authoring.links import NoLinks
from authoring.problems import Problems
from courseware.tests import authoring_guide as guide
from quizzes.loading import parameters, quiz_files

HEAD = '+++\ntitle = "T"\nlesson = "first"\npass_mark = 70\n+++\n'
NUMERIC = """
## waiting
```toml
kind = "numeric"
level = "mid"
answer = "{{ n * 2 }}"
[params]
n = [2, 3]
```
How long do {{ n }} pauses take?

- [x] {{ n * 2 }}
  > Two each.

### Explanation
Two each.
"""
ORDERING = """
## life
```toml
kind = "ordering"
level = "mid"
```
Put these in order.

1. sent
2. received
3. started

### Explanation
So.
"""
OPEN = """
## explain
```toml
kind = "open"
level = "mid"
```
Why?

### Rubric
- (2) Because.

### Model answer
Because.
"""


def problems_of(tmp_path: Path, question: str) -> list[str]:
    path = tmp_path / "first.md"
    path.write_text(HEAD + question)
    problems = Problems()
    quiz_files.read_quiz(path, "quizzes/first.md", problems, NoLinks())
    return [str(problem) for problem in sorted(problems)]


@pytest.mark.parametrize("question", [NUMERIC, ORDERING, OPEN])
def test_the_questions_of_these_tests_have_no_problem(tmp_path: Path, question: str) -> None:
    assert problems_of(tmp_path, question) == []


@pytest.mark.parametrize(
    "setting", ['unit = "s"', "tolerance = 0.5", "shuffle = false", 'tags = ["pauses"]', 'level = "mid"']
)
def test_a_key_of_the_question_below_params_is_told_its_place(tmp_path: Path, setting: str) -> None:
    key = setting.partition(" ")[0]
    question = NUMERIC.replace('level = "mid"\n', "") if key == "level" else NUMERIC
    told = problems_of(tmp_path, question.replace("n = [2, 3]\n", f"n = [2, 3]\n{setting}\n"))
    line = 13 if key == "level" else 14
    assert told == [f"quizzes/first.md:{line}: {key} is a key of the question; move it above [params]"]


def test_a_parameter_may_have_the_name_of_a_key(tmp_path: Path) -> None:
    question = NUMERIC.replace("n = [2, 3]", "minutes = { range = [2, 3] }").replace("{{ n", "{{ minutes")
    assert problems_of(tmp_path, question) == []


def test_the_keys_of_questions_are_those_of_the_guide() -> None:
    listed = {*guide.first_codes("question"), *guide.first_codes("keys of kinds")} - {"params"}
    assert listed == parameters.KEYS


def test_a_missing_kind_or_level_is_told_with_its_values(tmp_path: Path) -> None:
    told = problems_of(tmp_path, OPEN.replace('level = "mid"\n', ""))
    assert told == ['quizzes/first.md:9: "level" is missing; write level = "junior", "mid" or "senior"']
    told = problems_of(tmp_path, OPEN.replace('kind = "open"\n', ""))
    assert len(told) == 1
    assert told[0].endswith(
        'write kind = "single", "multiple", "true_false", "short_text", "numeric", '
        '"ordering", "bug_line", "predict" or "open"'
    )


@pytest.mark.parametrize(("numbers", "place"), [("132", 2), ("023", 1), ("122", 3), ("112", 2)])
def test_steps_whose_numbers_are_not_their_order_are_a_problem(
    tmp_path: Path, numbers: str, place: int
) -> None:
    question = ORDERING
    for number, step in zip(numbers, ("1. sent", "2. received", "3. started"), strict=True):
        question = question.replace(step, f"{number}{step[1:]}")
    fix = "write the steps in the right order, numbered 1, 2, 3: the order in the file is the key"
    line = 13 + place
    assert problems_of(tmp_path, question) == [
        f"quizzes/first.md:{line}: the step in place {place} has the number {numbers[place - 1]}; {fix}"
    ]


def test_steps_that_all_have_the_number_1_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert problems_of(tmp_path, ORDERING.replace("2. ", "1. ").replace("3. ", "1. ")) == []


def test_an_open_question_without_a_model_answer_is_asked_for_one(tmp_path: Path) -> None:
    told = problems_of(tmp_path, OPEN.partition("### Model answer")[0])
    fix = "write ### Model answer (or ### Explanation)"
    assert told == [f'quizzes/first.md:7: the question "explain" has no model answer; {fix}']

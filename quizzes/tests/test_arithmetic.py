import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.grammar.arithmetic import Unclear, evaluate, written

VALUES = {"n": Fraction(3), "tool": "celery"}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("n * 2 + 1", "7"),
        ("0.1 * n", "0.3"),
        ("(n - 1) / 4", "0.5"),
        ("n ** 3 // 2", "13"),
        ("-n % 2", "1"),
        ("min(n, 2) + max(n, 5, 4)", "7"),
        ("round(n / 7, 2)", "0.43"),
        ("ceil(n / 2) - floor(n / 2) + abs(-n)", "4"),
        ("tool", "celery"),
    ],
)
def test_an_expression_is_exact_arithmetic(source: str, value: str) -> None:
    assert written(evaluate(source, VALUES)) == value


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os')",
        "n.real",
        "[n for n in (1, 2)]",
        "9 ** 9 ** 9",
        "10 ** 20",
        "n / 0",
        "0 ** -1",
        "k + 1",
        "tool * 2",
        "n if n else 1",
        "True + 1",
        "'a'",
        "min()",
        "round(n, 0.5)",
        "1e400",
        "n +",
        "",
        "(" * 150 + "1" + ")" * 150,
        "1" * 300,
        "max(*n)",
        "round(number=n)",
    ],
)
def test_anything_else_is_refused_with_a_reason(source: str) -> None:
    with pytest.raises(Unclear) as refused:
        evaluate(source, VALUES)
    assert str(refused.value)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(source: str) -> None:
    with contextlib.suppress(Unclear):
        evaluate(source, VALUES)


def test_a_number_without_end_is_written_with_six_digits() -> None:
    assert written(Fraction(10, 3)) == "3.33333"
    assert written(Fraction(1, 8)) == "0.125"

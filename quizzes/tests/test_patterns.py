import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.grammar.patterns import LONGEST_TEXT, Unsafe, bounded_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"visibility[ _]timeout", "visibility_timeout"),
        (r"(?:late|early) ack(?:nowledgement)?", "late ack"),
        (r"\d{1,3} ?s", "30 s"),
        (r"a.*b", "a and b"),
        (r"x|y|", ""),
        (r"[^]]+", "abc"),
        (r"\(\)", "()"),
    ],
)
def test_the_usual_patterns_are_allowed(pattern: str, text: str) -> None:
    assert matches(pattern, text, ignore_case=True)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "(a|aa)+",
        "(a|a)*",
        ".*.*.*x",
        "(?:a?){30}a{30}",
        "a?" * 40,
        r"(\w+\s?)+",
        "(x+x+)+y",
        "(?=a)b",
        "(?i)a",
        r"(a)\1",
        "(?P<n>a)",
        "[abc",
        "(ab",
        "ab)",
        "*a",
        "a**",
        "a{2,1}",
        "a{999}",
        r"\p{L}",
        "a" * 300,
        "(" * 20 + "a" + ")" * 20,
        "[z-a]",
    ],
)
def test_a_pattern_that_could_hang_or_is_wrong_is_refused(pattern: str) -> None:
    with pytest.raises(Unsafe):
        bounded_pattern(pattern, ignore_case=True)


def test_a_text_that_is_too_long_never_matches() -> None:
    assert not matches("a*", "a" * (LONGEST_TEXT + 1), ignore_case=False)


PIECES = st.sampled_from(
    ["a", "b", ".", r"\w", "[ab]", "a*", "a?", "b+", "(a|b)", "(?:ab)?", "a{0,5}", "(a|ab)*", "|"]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_whatever_is_allowed_answers_at_once(pattern: str) -> None:
    try:
        bounded_pattern(pattern, ignore_case=False)
    except Unsafe:
        return
    start = time.thread_time()
    matches(pattern, "a" * (LONGEST_TEXT - 1) + "!", ignore_case=False)
    assert time.thread_time() - start < 1


@given(st.text(max_size=30))
def test_every_text_is_either_a_pattern_of_python_or_refused(pattern: str) -> None:
    try:
        bounded_pattern(pattern, ignore_case=False)
    except Unsafe:
        return
    re.compile(pattern)

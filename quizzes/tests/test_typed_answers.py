"""Short answers and numbers: a harmless change of notation changes no grade, and literals are exact."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.kinds import KINDS, UnreadableAnswer, Variant
from quizzes.kinds.typed.short_text import _form
from quizzes.tests.conftest import source_of

HEAD = '+++\ntitle = "Field quiz"\nlesson = "field"\npass_mark = 70\n+++\n\n'
NO_VALUES = Variant(0, {})


def quiz_of(entries: str, settings: str = "") -> str:
    return (
        f'{HEAD}## one\n```toml\nkind = "short_text"\nlevel = "junior"\n{settings}```\nWhat?\n\n{entries}\n'
        "### Explanation\nBecause.\n"
    )


def graded(folder: Path, entries: str, text: str, settings: str = "") -> float:
    source, problems = source_of(quiz_of(entries, settings), folder)
    assert problems == []
    assert source is not None
    kind, definition = KINDS["short_text"], source.questions[0].definition
    grade = kind.grade(definition, NO_VALUES, kind.read(definition, NO_VALUES, {"text": [text]}), {})
    assert grade is not None
    return grade.score


def entry(text: str, *, key: bool = True) -> str:
    return f"- [{'x' if key else ' '}] {text}\n  > Said.\n"


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        ("the worker's name", "the worker\u2019s name"),
        ("the worker\u2019s name", "The workers name".replace("rs", "r's")),
        *(("café", text) for text in ("cafe\u0301", "CAFÉ", "ca\u200bfé", "\ufeffcafé", "café\u00ad")),
        *(("dead letter", text) for text in ("dead\u00a0letter", "dead\u2009 letter", "“dead letter”")),
        ("dead letter", "«dead letter»"),
        *(("at-least-once", text) for text in ("at\u2011least\u2011once", "at–least–once")),
        *(("--acks-late", text) for text in ("\u2014acks-late", "--acks\u2010late", "`--acks-late`")),
        *(("worker", text) for text in ("ｗｏｒｋｅｒ", "'worker'", "worker.", " worker ", "wor\u2060ker")),
        *(("straße", text) for text in ("STRASSE", "Straße")),
        *((".", text) for text in (".", "`.`", " . ")),
        *(("...", text) for text in ("...", "\u2026")),
        *(("etc.", text) for text in ("etc", "etc.", "ETC.")),
        *(("`/var/log/`", text) for text in ("/var/log/", "`/var/log/`", '"/var/log/"')),
        *(("`.env`", text) for text in (".env", "`.env`", ".env.")),
        *(("`` ` ``", text) for text in ("`",)),
        *((r"/et cetera\./", text) for text in ("et cetera.", "Et  cetera.")),
        *((r"/worker’s? names?/", text) for text in ("worker's name", "worker’ names")),
    ],
)  # fmt: skip
def test_a_right_answer_stays_right_in_another_notation(answer: str, typed: str, tmp_path: Path) -> None:
    assert graded(tmp_path, entry("something else") + entry(answer), typed) == 1


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        *(("`.`", text) for text in ("'", "..", "#", "dot")),
        *(("`/var/log/`", text) for text in ("/var/log", "var/log/", "var/log")),
        *((".env", text) for text in ("env", "env.")),
        *(("workers'", text) for text in ("workers", "worker's")),
        *(("at-least-once", text) for text in ("at least once", "atleastonce")),
        *(("x²", text) for text in ("x2", "x^2")),
        *(("-A", text) for text in ("A", "--A", "a")),
        ("`C++`", "C"),
        ("café", "cafe"),
    ],
)
def test_a_wrong_answer_stays_wrong(answer: str, typed: str, tmp_path: Path) -> None:
    settings = "case = true\n" if answer == "-A" else ""
    assert graded(tmp_path, entry("something else") + entry(answer), typed, settings) == 0


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("/var/log/", "may be a pattern or a path"),
        ("/tmp/", "may be a pattern or a path"),
        ("/usr/lib/python3.11/", "may be a pattern or a path"),
        *((pattern, "can never match") for pattern in ("/two  spaces?/", "/lead? /", "/ trail?/", "/a\tb?/")),
        ("/a^b/", "can never match"),
        *((pattern, "can never match") for pattern in (r"/wor\bker/", "/a{150}b{150}/", r"/\s+/", "/x$y/")),
    ],
)  # fmt: skip
def test_a_pattern_that_can_match_nothing_is_a_problem_on_its_line(
    pattern: str, what: str, tmp_path: Path
) -> None:
    _source, problems = source_of(quiz_of(entry("words") + entry(pattern, key=False)), tmp_path)
    assert [(problem.line, what in problem.what) for problem in problems] == [(16, True)], problems


@pytest.mark.parametrize(
    "pattern",
    [
        r"/^lost|unknown$/", r"/\backs?\b/", r"/[^a-z]+/", r"/\d{2,4} ?s/", r"/(?:a|b){0,3}c/",
        r"/\/var\/log\/?/", r"/\W/",
        r"/it['’]s/", "/.+/", r"/\S{3}/", "/[А-Я]+/", "/中?文/", r"/a\/b/", "/(x|y){3}z?/", r"/etc\./",
        "/[“”]x/",
    ],
)  # fmt: skip
def test_a_pattern_that_can_match_is_no_problem(pattern: str, tmp_path: Path) -> None:
    _source, problems = source_of(quiz_of(entry("words") + entry(pattern, key=False)), tmp_path)
    assert problems == []


def test_an_entry_in_backticks_is_a_literal_and_one_between_slashes_a_pattern() -> None:
    assert _form("`/var/log/`") == ("/var/log/", "literal")
    assert _form("/a?/") == ("a?", "pattern")
    assert _form("`` ` ``") == ("`", "literal")
    assert _form("`a` and `b`")[1] == "words"


def test_invisible_characters_alone_are_no_answer(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAnswer, match="Type an answer first"):
        graded(tmp_path, entry("word"), "\u200b\ufeff")


def _with_dashes(text: str, dash: str) -> str:
    return text.replace("-", dash)


CHANGES = st.sampled_from(
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("'", "\u2019"),
        lambda text: text.replace(" ", "\u00a0 "),
        lambda text: _with_dashes(text, "\u2011"),
        lambda text: _with_dashes(text, "\u2013"),
        lambda text: f"\u201c{text}\u201d",
        lambda text: f" {text}. ",
        lambda text: f"`{text}`",
        lambda text: "\u200b".join(text),
        str.upper,
    ]
)


@given(
    st.lists(CHANGES, max_size=4),
    st.sampled_from(["the worker's café", "at-least-once", "visibility_timeout", "acks late"]),
)
def test_no_run_of_harmless_changes_changes_a_grade(changes: list[object], answer: str) -> None:
    definition = {"case": False, "forms": [{"text": answer, "pattern": False, "key": True, "feedback": ""}]}
    typed = answer
    for change in changes:
        typed = change(typed)  # type: ignore[operator]
    kind = KINDS["short_text"]
    for text, score in ((typed, 1), (typed.replace("t", "q").replace("T", "Q"), 0)):
        grade = kind.grade(definition, NO_VALUES, kind.read(definition, NO_VALUES, {"text": [text]}), {})
        assert grade is not None
        assert grade.score == score


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("numeric", "0,125", "0.125 s"),
        ("predict", "250 ms", "0.25 s"),
        ("predict", "1/3", "1/3 s"),
        ("numeric", "1.234.567,5 sec", "1234567.5 s"),
    ],
)
def test_a_number_is_read_back_in_one_notation_before_it_counts(kind: str, text: str, said: str) -> None:
    definition = {"unit": "s", "tolerance": "0"}
    response = KINDS[kind].read(definition, NO_VALUES, {"text": [text]})
    assert KINDS[kind].read_back(definition, NO_VALUES, response) == said


def test_kinds_that_cannot_be_misunderstood_read_nothing_back() -> None:
    assert KINDS["single"].read_back({}, NO_VALUES, [1]) == ""

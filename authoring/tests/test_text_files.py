"""One reader for every content file: what it accepts loads anywhere, and what it refuses has a line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring import frontmatter, text_files
from authoring.problems import Problems


def read(raw: bytes) -> tuple[str | None, list[tuple[int, str]]]:
    problems = Problems()
    text = text_files.decode(raw, "a.md", problems)
    assert all(problem.fix for problem in problems)
    return text, [(problem.line, problem.what) for problem in problems]


@pytest.mark.parametrize(
    "raw", ["a\nb\n".encode("utf-8-sig"), b"a\r\nb\r\n", "a\r\nb\r\n".encode("utf-8-sig")]
)
def test_a_byte_order_mark_and_windows_line_ends_are_read_as_ours(raw: bytes) -> None:
    assert read(raw) == ("a\nb\n", [])


@pytest.mark.parametrize(
    ("sign", "what"),
    [
        ("\0", "a NUL character"),
        ("\u2028", "a line separator (U+2028)"),
        ("\u2029", "a paragraph separator (U+2029)"),
        ("\x85", "a next-line character (U+0085)"),
        ("\v", "a vertical tab"),
        ("\f", "a form feed"),
        ("\x1c", "a file separator"),
        ("\r", "a carriage return without a line feed"),
        ("\x02", "a control character (U+0002)"),
        ("\x1b", "a control character (U+001B)"),
        ("\x7f", "a control character (U+007F)"),
        ("\uffff", "a character that is not text (U+FFFF)"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_character_that_breaks_lines_or_databases_is_a_problem_on_its_line(
    sign: str, what: str, line_end: str
) -> None:
    text = line_end.join(["one", "two", f"th{sign}ree", "four", ""])
    found, problems = read(text.encode())
    assert problems == [(3, f"the line holds {what}")]
    assert found == "one\ntwo\nth ree\nfour\n"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a\nb\xff\n", 2),
        (b"\r\n\r\ncaf\xe9", 3),
        (b"\xc0\x80", 1),
        ("\ud800".encode("utf-8", "surrogatepass"), 1),
    ],
)
def test_what_is_not_utf_8_has_its_line(raw: bytes, line: int) -> None:
    assert read(raw) == (None, [(line, "this is not UTF-8")])


def test_utf_16_is_named() -> None:
    assert read("a".encode("utf-16"))[1] == [(1, "this is UTF-16")]


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_clean_text_or_a_problem(raw: bytes) -> None:
    text, problems = read(raw)
    assert text is not None or problems
    if text is not None:
        assert text.splitlines() == text.removesuffix("\n").split("\n") or not text
        assert "\0" not in text


def test_leftovers_of_editors_are_passed_over_and_a_folder_is_a_problem(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", ".hidden.md", "a.md~", "#a.md#", ".a.md.swp", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".#a.md").symlink_to("nobody@nowhere.1234:5")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "gone.md").symlink_to("nothing-there")
    (tmp_path / "link.md").symlink_to("a.md")
    os.mkfifo(tmp_path / "pipe.md")
    problems = Problems()
    assert [path.name for path in text_files.paths(tmp_path, ".md", tmp_path, problems)] == [
        "a.md",
        "b.md",
        "link.md",
    ]
    assert [(problem.file, problem.line, problem.what) for problem in problems] == [
        ("folder.md", 1, "this is a folder"),
        ("gone.md", 1, "this is not a file that can be read"),
        ("pipe.md", 1, "this is not a file that can be read"),
    ]


@pytest.mark.parametrize("name", ["folder", "missing", "large", "pipe"])
def test_what_cannot_be_read_is_a_problem_and_no_traceback(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"x" * (text_files.LARGEST + 1))
    os.mkfifo(tmp_path / "pipe")
    problems = Problems()
    assert text_files.read(tmp_path / name, name, problems) is None
    assert [(problem.file, problem.line) for problem in problems] == [(name, 1)]


def test_an_escape_in_toml_that_no_database_keeps_is_a_problem_on_its_line() -> None:
    problems = Problems()
    assert frontmatter.parse('a = 1\nb = ["x", {c = "\\u0000"}]\n', "a.md", problems, first_line=2) is None
    assert [(problem.line, problem.what) for problem in problems] == [(3, '"b" holds a NUL character')]

"""Turning an exception in a lab's file into one sentence that names file, line and message."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType

LAB = "/lab/"
LONGEST_MESSAGE = 300


def compile_all(files: Mapping[str, str]) -> str | None:
    """The sentence for the first file that Python cannot compile, or None."""
    for name, text in sorted(files.items()):
        if not name.endswith(".py"):
            continue
        try:
            compile(text, f"{LAB}{name}", "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"{name}, line {error.lineno or 1}: {error.msg}."
        except (ValueError, RecursionError, MemoryError) as error:
            return f"{name}, line 1: Python cannot compile this file ({error})."
    return None


def sentence(error: BaseException, prefer: Iterable[str] = ()) -> str:
    """`tasks.py, line 12: NameError: name 'x' is not defined`, for the innermost line in the lab's folder."""
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(LAB):
        return f"{error.filename.removeprefix(LAB)}, line {error.lineno or 1}: {error.msg}."
    message = _message(error)
    place = _place(error.__traceback__)
    return f"{place}: {message}" if place else message


def _message(error: BaseException) -> str:
    lines = traceback.format_exception_only(type(error), error)
    text = lines[-1].strip() if lines else type(error).__name__
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "…"


def _place(trace: TracebackType | None) -> str | None:
    """`file, line n` of the innermost frame in the lab's folder; None if there is none."""
    found = None
    # The last match is the innermost: frames of libraries below it say less to a learner.
    for frame in traceback.extract_tb(trace):
        if frame.filename.startswith(LAB):
            found = f"{frame.filename.removeprefix(LAB)}, line {frame.lineno}"
    return found

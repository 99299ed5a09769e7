"""A figure of a recorded run is compared with the run; what differs is a problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from authoring.problems import Problems
from courseware.loading import content_folder
from courseware.tests import small_course

RIGHT = """\
::: sequence
title: Two starts
caption: The second start comes after the kill.
lanes: broker worker-1 worker-2 office
trace: first/starter
0.2 broker -> worker-1: book, for order 4711 @ task-started name=book
0.8 office -> worker-1: 503 @ stub-called path=ledger/4711 status=503
1.3 worker-1: its child is killed, 100.5 ms later nothing is left @ command action=kill
3.2..4.2 worker-2: it runs again @ task-started name=book #2 .. task-acked name=book
:::
"""
BEFORE = 10
LAB = "labs/first/traces/starter.jsonl"


def problems_with(figure: str, folder: Path) -> list[str]:
    """The problems of the small course whose second lesson shows this figure."""
    content = small_course.copy_to(folder)
    lesson = content / "lessons/02-second.md"
    lesson.write_text(lesson.read_text() + "\n" + figure)
    return small_course.problems_of(content)


def changed(old: str, new: str) -> str:
    assert RIGHT.count(old) == 1, old
    return RIGHT.replace(old, new)


def test_a_figure_with_a_wrong_number_is_reported_and_then_right(tmp_path: Path) -> None:
    said = problems_with(RIGHT, tmp_path / "a")
    # The worker's event does not say which order it is for; the office's does.
    assert said == [
        f'lessons/02-second.md:{BEFORE + 6}: "task-started name=book" has no number 4711; it has none'
    ]
    assert problems_with(changed("book, for order 4711", "book"), tmp_path / "b") == []


def test_times_are_those_of_the_timeline_and_may_differ_by_a_tenth_of_a_second(tmp_path: Path) -> None:
    right = changed("book, for order 4711", "book")
    assert problems_with(right.replace("0.2 broker", "0.29 broker"), tmp_path / "a") == []
    late = problems_with(right.replace("0.2 broker", "0.31 broker"), tmp_path / "b")
    assert late == [
        f'lessons/02-second.md:{BEFORE + 6}: 0.31 is not the time of "task-started name=book"; write 0.20'
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("3.2..4.2", "3.2..5", 9, '5 is not the time of "task-acked name=book"; write 4.20'),
        ("3.2..4.2 worker-2", "3.2..4.2 worker-1", 9, 'is not in the lane "worker-1"; draw it in worker-2'),
        ("office -> worker-1: 503", "office -> worker-1: 500", 7, "has no number 500; it has 4711, 503"),
        ("name=book #2", "name=book #3", 9, 'the recorded run has no "task-started name=book #3"; it has 2'),
        ("command action=kill", "command action=pause", 8, 'no "command action=pause"; it has 0 such events'),
        ("command action=kill", "Command", 8, "this isn't a moment: Command; write @"),
        (" @ command action=kill", "", 8, "this event does not name its moments in the trace; end a bar"),
        (" .. task-acked name=book", "", 9, "this event does not name its moments in the trace; end a bar"),
        ("trace: first/starter", "trace: first/other", 5, '"first/other" does not name a recorded run'),
        ("trace: first/starter", "trace: frist/starter", 1, 'there is no lab "frist"; did you mean "first"?'),
        ("trace: first/starter", "trace: first/solution", 1, "no recorded run of its solution; record it:"),
        ("trace: first/starter\n", "", 5, "this event names a moment of no trace; add trace:"),
    ],
)
def test_what_differs_is_named_with_its_line(
    old: str, new: str, line: int, said: str, tmp_path: Path
) -> None:
    figure = changed("book, for order 4711", "book").replace(old, new)
    found = problems_with(figure, tmp_path)
    assert any(one.startswith(f"lessons/02-second.md:{BEFORE + line}: ") and said in one for one in found), (
        found
    )


def test_a_lab_without_a_recorded_run_is_a_problem_of_the_figure(tmp_path: Path) -> None:
    content = small_course.copy_to(tmp_path)
    lesson = content / "lessons/02-second.md"
    lesson.write_text(lesson.read_text() + "\n" + changed("book, for order 4711", "book"))
    assert small_course.problems_of(content) == []
    (content / LAB).unlink()
    assert any("has no recorded run of its starter" in one for one in small_course.problems_of(content))


@pytest.mark.parametrize("file", ["labs/first/README.md", "quizzes/first.md", "glossary.md"])
def test_only_lessons_have_figures_of_recorded_runs(file: str, tmp_path: Path) -> None:
    content = small_course.copy_to(tmp_path)
    text = (content / file).read_text()
    figure = changed("book, for order 4711", "book")
    place = "### Explanation\n" if file.startswith("quizzes") else None
    text = text.replace(place, f"{place}{figure}\n", 1) if place else f"{text}\n{figure}"
    (content / file).write_text(text)
    said = small_course.problems_of(content)
    assert any("::: sequence with trace: is" in one and one.startswith(f"{file}:") for one in said), said


def test_figures_are_redrawn_after_a_new_recording(tmp_path: Path) -> None:
    content = small_course.copy_to(tmp_path)
    lesson = content / "lessons/02-second.md"
    right = changed("book, for order 4711", "book")
    lesson.write_text(lesson.read_text() + "\n" + right)
    assert small_course.problems_of(content) == []
    recording = content / LAB
    later = recording.read_text().replace('"at": 0.7', '"at": 0.9').replace('"t": 0.9', '"t": 1.1')
    recording.write_text(later.replace('"lane": "worker-2"', '"lane": "worker-3"'))
    assert len(small_course.problems_of(content)) == 3
    call_command("redraw_figures", content)
    assert small_course.problems_of(content) == []
    expected = right.replace("0.8 office", "1.00 office").replace("3.2..4.2 worker-2", "3.20..4.20 worker-3")
    expected = expected.replace("0.2 broker", "0.20 broker").replace("1.3 worker-1", "1.30 worker-1")
    expected = expected.replace("worker-1 worker-2 office", "worker-1 worker-2 worker-3 office")
    assert lesson.read_text().endswith(expected)


def test_every_figure_of_the_course_shows_a_recorded_run() -> None:
    folder = Path(__file__).resolve().parents[2] / "content"
    problems = Problems()
    content = content_folder.read(folder, problems)
    figures = [
        text for lesson in content.lessons.values() for text in lesson.source.split("::: sequence")[1:]
    ]
    assert len(figures) >= 4
    assert sum(len(lesson.recorded) for lesson in content.lessons.values()) == len(figures)
    assert problems == []

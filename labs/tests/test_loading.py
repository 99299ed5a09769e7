from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from authoring.problems import Problems
from labs.catalog import loading, saving
from labs.catalog.local_folder import digest_of
from labs.models import Lab, LabRevision
from labs.tests.conftest import LAB


@pytest.fixture
def folder(content: Path, tmp_path: Path) -> Path:
    """A copy of the lab's folder to spoil."""
    shutil.copytree(content, tmp_path / "content")
    return tmp_path / "content" / "labs" / LAB


def problems_of(folder: Path) -> list[str]:
    problems = Problems()
    loading.read(folder.parent.parent, problems)
    return [str(problem) for problem in problems]


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_lab_as_it_is_has_no_problem(folder: Path) -> None:
    assert problems_of(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("lab.toml", 'title = "', "title = ", "lab.toml:1: this is not TOML"),
        ("lab.toml", "editable", "editabel", '"editabel" is not a key here; did you mean "editable"?'),
        (
            "lab.toml",
            "wall = 48",
            "wall = 99",
            "lab.toml:12: wall is not 1.5 times the budget; write wall = 48",
        ),
        ("lab.toml", "memory_mb = 320", "memory_mb = 9", '"memory_mb" is not a whole number from 64 to 1024'),
        (
            "lab.toml",
            'environment = "main"',
            'environment = "moon"',
            'lab.toml:5: unknown environment "moon"',
        ),
        (
            "lab.toml",
            'systems = ["celery"]',
            'systems = ["selery"]',
            'unknown system "selery"; did you mean "celery"?',
        ),
        (
            "lab.toml",
            'kind = "celery-worker"',
            'kind = "celery"',
            'lab.toml:18: unknown kind of process "celery"',
        ),
        ("lab.toml", 'kind = "stub"', 'kind = "arq-worker"', 'unknown kind of process "arq-worker"'),
        ("lab.toml", "concurrency = 6", "concurrency = true", '"concurrency" is not a number'),
        ("lab.toml", 'pool = "threads"', 'burst = true\npool = "threads"', '"burst" is not a key here'),
        (
            "lab.toml",
            'pool = "threads"',
            'poll = "threads"',
            'lab.toml:20: "poll" is not a key here; did you mean "pool"?',
        ),
        (
            "lab.toml",
            'lane = "worker-2"',
            'lane = "worker-1"',
            'lab.toml:24: two processes have the lane "worker-1"',
        ),
        ("lab.toml", 'lane = "worker-2"', 'lane = "Worker"', '"Worker" cannot be the name of a lane'),
        ("lab.toml", 'lane = "driver"', 'lane = "story"', "no process has the lane driver"),
        ("lab.toml", "default = 9", "default = 99", "the default is not a whole number from 2 to 13"),
        ("lab.toml", 'kind = "int"', 'kind = "number"', 'unknown kind of knob "number"'),
        ("lab.toml", 'action = "kill"', 'action = "murder"', 'unknown action "murder"'),
        (
            "lab.toml",
            '"worker-2"]\n',
            '"worker-9"]\n',
            'no process has the lane "worker-9"; did you mean "worker-2"?',
        ),
        ("lab.toml", "one_reminder_on_time", "on_time", 'lab.toml:9: checks.py has no check "on_time"'),
        ("lab.toml", '"settings.py"', '"setings.py"', 'lab.toml:7: there is no file "setings.py"'),
        ("checks.py", "def cut_short", "def cut short", "checks.py:25: this is not Python"),
        (
            "checks.py",
            "from labs.checking",
            "from labs.chekking",
            "checks.py:5: it cannot be imported",
        ),
        ("checks.py", "teeth=a_kill_hit_the_reservation", "teeth=7", "it cannot be imported: TypeError"),
        ("tasks.py", "import os", "import", "tasks.py:3: this is not Python"),
        ("solution/settings.py", "}", "", "solution/settings.py:"),
        ("README.md", "# Stop", "Stop", "README.md:1: it does not begin with a heading"),
        ("README.md", "**You see**", "[you see](lesson:nowhere)", "README.md:2:"),
        (
            "traces/starter.jsonl",
            '{"seq": 2,',
            '{"seq": 3,',
            "traces/starter.jsonl:2: seq has a gap or time goes back",
        ),
        (
            "traces/starter.jsonl",
            '"kind": "run-queued"',
            '"kind": "began"',
            "traces/starter.jsonl:1: this is no event",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_file_and_line(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    change(folder, file, old, new)
    found = problems_of(folder)
    assert any(said in problem for problem in found), found
    assert all(problem.startswith(f"labs/{LAB}/") for problem in found)


@pytest.mark.parametrize("file", ["lab.toml", "checks.py", "README.md"])
def test_a_missing_file_is_a_problem(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert f"labs/{LAB}/{file}:1: this file is missing" in "\n".join(problems_of(folder))


def test_a_file_that_lab_toml_does_not_name_is_a_problem(folder: Path) -> None:
    (folder / "notes.py").write_text("")
    assert any("notes.py:1: lab.toml does not name this file" in problem for problem in problems_of(folder))


def test_a_solution_that_changes_nothing_or_a_read_only_file_is_a_problem(folder: Path) -> None:
    shutil.copy(folder / "tasks.py", folder / "solution" / "tasks.py")
    (folder / "solution" / "driver.py").write_text("pass\n")
    found = "\n".join(problems_of(folder))
    assert "solution/tasks.py:1: this file is the starter's" in found
    assert "solution/driver.py:1: the solution changes a file not editable" in found


def test_each_heading_of_hints_begins_a_hint(folder: Path) -> None:
    (folder / "hints.md").write_text("## Hint\nLook at the *timeout*.\n\n## Hint\nLonger.\n")
    (source,) = loading.read(folder.parent.parent, Problems())
    assert [hint.strip() for hint in source.hints] == [
        "<p>Look at the <em>timeout</em>.</p>",
        "<p>Longer.</p>",
    ]


def save(folder: Path) -> Lab:
    problems = Problems()
    saving.save(loading.read(folder.parent.parent, problems))
    assert not problems
    return Lab.objects.get(slug=LAB)


@pytest.mark.django_db
def test_loading_again_writes_nothing(folder: Path, django_assert_num_queries: object) -> None:
    before = save(folder)
    after = save(folder)
    assert before.revision == after.revision
    assert LabRevision.objects.count() == 1


@pytest.mark.django_db
def test_what_changes_a_run_makes_a_new_revision_and_keeps_the_old_one(folder: Path) -> None:
    before = save(folder).revision
    change(folder, "driver.py", "deadline=28", "deadline=27")
    after = save(folder).revision
    assert before != after
    assert set(LabRevision.objects.all()) == {before, after}


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["README.md", "traces/starter.jsonl"])
def test_what_changes_no_run_makes_no_new_revision(folder: Path, file: str) -> None:
    before = save(folder).revision
    path = folder / file
    path.write_text(path.read_text().replace("worker", "helper"))
    assert save(folder).revision == before


@pytest.mark.django_db
def test_a_lab_that_left_the_folder_is_unpublished_and_comes_back(folder: Path) -> None:
    save(folder)
    away = folder.rename(folder.parent.parent / "away")
    saving.save(loading.read(folder.parent.parent, Problems()))
    assert not Lab.objects.published().exists()
    away.rename(folder)
    save(folder)
    assert Lab.objects.published().count() == 1


def test_the_definition_never_holds_the_checks_source(folder: Path) -> None:
    (source,) = loading.read(folder.parent.parent, Problems())
    assert set(source.definition["files"]) == {"settings.py", "tasks.py", "driver.py"}
    assert source.definition["checks"][0] == {
        "id": "starts_again_only_after_a_kill",
        "title": "A task starts again only if its run was killed",
    }


@pytest.mark.parametrize("file", ["lab.toml", "README.md", "checks.py", "tasks.py", "traces/starter.jsonl"])
def test_a_byte_order_mark_and_windows_line_ends_are_passed_over_in_every_file(
    folder: Path, file: str
) -> None:
    path = folder / file
    if not path.exists():
        path = next(folder.glob("*.py"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert problems_of(folder) == []


@pytest.mark.parametrize("file", ["lab.toml", "README.md", "checks.py", "traces/starter.jsonl"])
@pytest.mark.parametrize("sign", ["\0", "\u2028", "\x85"])
def test_a_character_that_breaks_lines_is_a_problem_in_every_file(folder: Path, file: str, sign: str) -> None:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"# x\n# y{sign}\n")
    lines = path.read_text().split("\n")
    line = next(number for number, text in enumerate(lines, 1) if sign in text)
    assert any(
        said.startswith(f"labs/{folder.name}/{file}:{line}: the line holds") for said in problems_of(folder)
    )


def test_leftovers_of_an_editor_are_passed_over_and_decide_no_run(folder: Path) -> None:
    before = digest_of(folder)
    for name in ("tasks.py~", "#tasks.py#", ".#tasks.py", "tasks.py.orig", "solution/tasks.py~"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("old")
    assert problems_of(folder) == []
    assert digest_of(folder) == before


def test_a_folder_or_a_link_in_place_of_a_file_is_a_problem(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "README.md").mkdir()
    (folder / "hints.md").unlink(missing_ok=True)
    (folder / "hints.md").symlink_to("nothing")
    said = " ".join(problems_of(folder))
    assert "README.md:1: this is not a file" in said
    assert "hints.md:1: this is a symbolic link" in said


@pytest.mark.parametrize(
    ("function", "takes"),
    [
        ("def the_check():", "the_check"),
        ("def the_check(trace: Trace, other: int):", "the_check"),
        ("def the_check(*, trace: Trace):", "the_check"),
        ("async def the_check(trace: Trace):", "the_check"),
    ],
)
@pytest.mark.parametrize("decorator", ['@check("Another")', '@measure("Another", unit="s")'])
def test_a_check_or_measure_that_cannot_take_a_trace_is_a_problem(
    folder: Path, decorator: str, function: str, takes: str
) -> None:
    path = folder / "checks.py"
    before = path.read_text() + "\n\n"
    path.write_text(f"{before}{decorator}\n{function}\n    raise ValueError\n")
    line = len(before.splitlines()) + 2
    fix = f"write def {takes}(trace: Trace)"
    assert problems_of(folder) == [
        f"labs/{LAB}/checks.py:{line}: {takes} is not a function of one trace; {fix}"
    ]


def test_teeth_that_cannot_take_a_trace_are_a_problem(folder: Path) -> None:
    change(
        folder,
        "checks.py",
        "def a_kill_hit_the_reservation(trace: Trace)",
        "def a_kill_hit_the_reservation()",
    )
    (told,) = problems_of(folder)
    assert "a_kill_hit_the_reservation is not a function of one trace" in told
    line = int(told.split(":")[1])
    assert "def a_kill_hit_the_reservation" in (folder / "checks.py").read_text().splitlines()[line - 1]

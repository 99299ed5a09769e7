"""`docs/authoring.md` is true: its examples load, and its tables say what the loader accepts."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from authoring.code import listings
from authoring.fields import Fields
from authoring.figures import sequence
from authoring.links import SCHEMES
from authoring.rendering import blocks, prose
from courseware.loading import pack_file
from courseware.tests import authoring_guide as guide
from courseware.tests import small_course
from labs import checking
from labs.catalog.lab_toml import ENVIRONMENTS, KNOB_KINDS
from quizzes.grammar.variants import choices_of
from quizzes.kinds import KINDS
from quizzes.loading import question_reader
from sandbox.inside import driver_api
from sandbox.inside.processes import stub_responses
from sandbox.process_kinds import COMMON_OPTIONS, PROCESS_KINDS, SYSTEMS, Broker
from sandbox.protocol import Action, Kind

BASE = guide.DOCUMENT.parent.parent
LOADER = ("authoring", "courseware/loading", "quizzes", "labs/catalog")
REPORTS = {"add", "refuse", "problem", "report", "Collision"}
COMMON_QUESTION_KEYS = {"kind", "level", "tags", "shuffle", "params"}

KEYS = [
    # table, the file that has these keys, one key that no other table of the file has
    ("course", "course.toml", "module"),
    ("module", "course.toml", "number"),
    ("term", "glossary.md", "see"),
    ("lesson", "lessons/01-order-mail.md", "objectives"),
    ("quiz", "quizzes/order-mail.md", "pass_mark"),
    ("pack", "packs/mail.md", "draw"),
    ("pack question", "packs/mail.md", "format"),
    ("lab", "labs/order-mail/lab.toml", "budget"),
    ("limits", "labs/order-mail/lab.toml", "memory_mb"),
    ("knob", "labs/order-mail/lab.toml", "label"),
    ("command", "labs/order-mail/lab.toml", "targets"),
]


@pytest.fixture
def tables_read(monkeypatch: pytest.MonkeyPatch) -> list[Fields]:
    """Every TOML table that a load reads, with the keys that the loader asked for."""
    found: list[Fields] = []
    begin = Fields.__init__

    def noted(self: Fields, *args: object, **kwargs: object) -> None:
        # Passed on as they came: the arguments are none of this test's business.
        begin(self, *args, **kwargs)  # type: ignore[arg-type]
        found.append(self)

    monkeypatch.setattr(Fields, "__init__", noted)
    return found


def test_the_example_course_has_no_problem(tmp_path: Path) -> None:
    names = set(guide.files())
    assert {"content/course.toml", "content/glossary.md", "content/packs/mail.md", guide.LAB} <= names
    assert small_course.problems_of(guide.write(tmp_path)) == []


@pytest.mark.django_db
def test_the_example_course_loads(tmp_path: Path) -> None:
    counts = small_course.load(guide.write(tmp_path)).counts
    assert counts == {"lessons": 1, "glossary terms": 2, "quizzes": 1, "questions": len(KINDS), "labs": 1}


@pytest.mark.parametrize("number", range(len(guide.parts_of_a_lab())))
def test_each_part_of_a_lab_has_no_problem(number: int, tmp_path: Path) -> None:
    whole = guide.files()[guide.LAB] + guide.parts_of_a_lab()[number]
    assert small_course.problems_of(guide.write(tmp_path, {guide.LAB: whole})) == []


def test_every_fence_of_the_document_is_tried() -> None:
    strange = [
        title for title in guide.titles() if not title.startswith("content/") and title != guide.PART_OF_A_LAB
    ]
    assert strange == []
    fences = re.findall(r"^(`{3,})\w.*\n(?:.*\n)*?\1$", guide.text(), re.MULTILINE)
    assert len(fences) == len(guide.titles()) > 30


@pytest.mark.parametrize(("table", "file", "mark"), KEYS)
def test_a_table_lists_the_keys_that_the_loader_asks_for(
    table: str, file: str, mark: str, tmp_path: Path, tables_read: list[Fields]
) -> None:
    small_course.problems_of(guide.write(tmp_path))
    asked = [fields.asked for fields in tables_read if fields.file == file and mark in fields.asked]
    assert asked != []
    assert set(guide.first_codes(table)) == set().union(*asked)


def test_the_keys_of_a_planned_lesson_are_listed(tmp_path: Path, tables_read: list[Fields]) -> None:
    small_course.problems_of(guide.write(tmp_path))
    asked = [f.asked for f in tables_read if f.table.get("slug") == "outbox"]
    assert asked == [set(guide.first_codes("planned"))]


def _without(source: str, key: str, near: str) -> str | None:
    """The text without the line that sets a key in the same table as `near`; None where none does."""
    source_lines = source.splitlines(keepends=True)
    at = next(number for number, line in enumerate(source_lines) if re.match(rf"(?:\[\[)?{near}\b", line))
    edge = re.compile(r"\s*(?:\[|```|\+\+\+)")
    first = next((n for n in range(at, -1, -1) if edge.match(source_lines[n])), -1)
    ends = (n for n in range(at + 1, len(source_lines)) if edge.match(source_lines[n]))
    for number in range(first + 1, next(ends, len(source_lines))):
        if re.match(rf"{key}\s*=", source_lines[number]):
            return "".join(source_lines[:number] + source_lines[number + 1 :])
    return None


def _key_rows() -> Iterator[tuple[str, str, str, str, str]]:
    for table, file, mark in KEYS:
        near = {"course": "title"}.get(table, mark)
        for row in guide.tables()[table]:
            yield table, f"content/{file}", near, guide.codes(row["key"])[0], row["required"]


@pytest.mark.parametrize(("table", "file", "near", "key", "required"), list(_key_rows()))
def test_a_key_is_required_where_its_row_says_so(
    table: str, file: str, near: str, key: str, required: str, tmp_path: Path
) -> None:
    changed = _without(guide.files()[file], key, near)
    if key in ("module", "process"):
        changed = re.sub(rf"^\[\[{key}\]\]$", "[[elsewhere]]", guide.files()[file], flags=re.MULTILINE)
    if changed is None:
        assert required in ("no", "by kind")  # the example has no problem without it
        return
    said = small_course.problems_of(guide.write(tmp_path, {file: changed}))
    named = [line for line in said if f'"{key}"' in line.split(";")[0] or f"no {key} has the lane" in line]
    assert bool(named) == (required != "no"), said


def test_the_table_of_kinds_of_question_is_that_of_the_code(
    tmp_path: Path, tables_read: list[Fields]
) -> None:
    assert small_course.problems_of(guide.write(tmp_path)) == []
    questions = [f for f in tables_read if f.file == "quizzes/order-mail.md" and "kind" in f.table]
    own = {question.table["kind"]: question.asked - COMMON_QUESTION_KEYS for question in questions}
    rows = {guide.codes(row["kind"])[0]: row for row in guide.tables()["kinds of question"]}
    assert list(rows) == list(KINDS)
    for name, row in rows.items():
        assert row["list"] == KINDS[name].list_form
        assert set(guide.codes(row["own sections"])) == KINDS[name].sections
        assert set(guide.codes(row["own keys"])) == own[name]
    listed = {
        name: {
            guide.codes(row["key"])[0]
            for row in guide.tables()["keys of kinds"]
            if f"`{name}`" in row["kinds"]
        }
        for name in KINDS
    }
    assert listed == own


def test_the_keys_of_every_question_are_listed() -> None:
    rows = {guide.codes(row["key"])[0]: row for row in guide.tables()["question"]}
    assert set(rows) == COMMON_QUESTION_KEYS
    assert guide.codes(rows["level"]["value"]) == list(question_reader.LEVELS) == list(pack_file.LEVELS)


def test_each_way_to_write_a_parameter_is_read() -> None:
    for written in guide.first_codes("parameter forms"):
        assert choices_of(tomllib.loads(written)["n"]) != []


def test_the_tables_of_processes_are_those_of_the_sandbox() -> None:
    rows = {guide.codes(row["kind"])[0]: row for row in guide.tables()["kinds of process"]}
    assert list(rows) == list(PROCESS_KINDS)
    for name, kind in PROCESS_KINDS.items():
        assert set(guide.codes(rows[name][list(rows[name])[-1]])) == set(kind.events)
        assert rows[name]["broker"] == ("no" if kind.broker is Broker.NONE else "yes")
    own = [
        (guide.codes(row["kind"])[0], guide.codes(row["option"])[0], row["value"])
        for row in guide.tables()["options of kinds"]
    ]
    assert own == [(k.name, key, o.value) for k in PROCESS_KINDS.values() for key, o in k.options.items()]
    common = {guide.codes(row["option"])[0]: row["value"] for row in guide.tables()["common options"]}
    assert common == {key: option.value for key, option in COMMON_OPTIONS.items()}


def test_the_examples_of_processes_show_every_kind_and_common_option() -> None:
    shown = guide.files()[guide.LAB] + "".join(guide.parts_of_a_lab())
    assert [name for name in PROCESS_KINDS if f'kind = "{name}"' not in shown] == []
    assert [name for name in KNOB_KINDS if f'kind = "{name}"' not in shown] == []
    assert [key for key in COMMON_OPTIONS if f"\n{key} = " not in shown] == []


def test_the_tables_of_knobs_and_commands_are_those_of_the_loader() -> None:
    needs = {
        guide.codes(r["kind"])[0]: tuple(guide.codes(r["needs"])) for r in guide.tables()["kinds of knob"]
    }
    assert needs == KNOB_KINDS
    assert guide.first_codes("actions") == [str(action) for action in Action]
    environments = next(r for r in guide.tables()["lab"] if r["key"] == "`environment`")
    assert guide.codes(environments["value"]) == list(ENVIRONMENTS)


def test_the_keys_of_a_stubs_routes_are_listed() -> None:
    source = Path(stub_responses.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'route(?:\.get\(|\[)"(\w+)"', source))
    assert len(read) > 5
    assert set(guide.first_codes("routes")) == read


def test_the_tables_of_markdown_are_those_of_the_loader() -> None:
    assert tuple(code.removeprefix("!!! ") for code in guide.first_codes("callouts")) == prose.CALLOUTS
    assert tuple(guide.first_codes("listing options")) == listings.OPTIONS
    assert tuple(guide.first_codes("blocks")) == blocks.NAMES
    assert tuple(guide.first_codes("sequence keys")) == sequence.KEYS
    assert tuple(guide.first_codes("schemes")) == SCHEMES
    systems = {guide.codes(row["system"])[0]: row["shown as"] for row in guide.tables()["systems"]}
    assert systems == SYSTEMS


def test_the_words_of_packs_are_those_of_the_loader() -> None:
    rows = {guide.codes(row["key"])[0]: row["value"] for row in guide.tables()["pack question"]}
    allowed = {"kind": pack_file.KINDS, "format": pack_file.FORMATS, "level": pack_file.LEVELS}
    assert {key: tuple(guide.codes(rows[key])) for key in allowed} == allowed


def test_the_apis_of_drivers_and_checks_are_listed_whole() -> None:
    def names(table: str) -> set[str]:
        return {
            code.partition("(")[0]
            for row in guide.tables()[table]
            for code in guide.codes(next(iter(row.values())))
        }

    assert names("bench") == set(driver_api.__all__)
    assert names("checking") == set(checking.__all__)
    assert names("events") == {str(kind) for kind in Kind}


def _words(node: ast.expr, inside: ast.AST) -> list[str]:
    """What an expression that makes a message can be, with X for each value that is put in."""
    match node:
        case ast.Constant(value=str() as whole):
            return [whole]
        case ast.JoinedStr(values=values):
            whole = "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in values)
            return [re.sub("^X(?=[a-z])", "", whole)]  # in quizzes, the values of parameters come first
        case ast.IfExp(body=body, orelse=other):
            return _words(body, inside) + _words(other, inside)
        case ast.Name(id=name):
            made = [
                found.value
                for found in ast.walk(inside)
                if isinstance(found, ast.Assign) and any(ast.unparse(t) == name for t in found.targets)
            ]
            return [words for value in made for words in _words(value, inside)]
    return []


def _reported() -> set[str]:
    """Every message that the code of the loader reports: the last argument but one of these calls."""
    found = {prose.NO_HEADING[0]}
    for path in (path for folder in LOADER for path in sorted((BASE / folder).rglob("*.py"))):
        if "tests" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
                if name in REPORTS and len(call.args) >= 3:
                    found.update(_words(call.args[-2], function))
    return found


def _matches(listed: str, message: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, listed.split("…"))), message, re.DOTALL) is not None


def test_every_problem_that_the_loader_reports_is_listed() -> None:
    reported = _reported()
    assert len(reported) > 150
    listed = guide.problems()
    assert sorted(m for m in reported if not any(_matches(one, m) for one in listed)) == []


def test_every_listed_problem_is_one_that_the_loader_reports() -> None:
    reported = _reported()
    listed = guide.problems()
    assert len(listed) == len(set(listed))
    assert [one for one in listed if not any(_matches(one, m) for m in reported)] == []

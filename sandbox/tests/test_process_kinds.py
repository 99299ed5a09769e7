"""The table of process kinds agrees with what the jail implements."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from sandbox import process_kinds
from sandbox.inside.lane_messages import FROM_LANES
from sandbox.inside.processes import IMPLEMENTATIONS, stub_responses
from sandbox.inside.supervision import lane_set
from sandbox.process_kinds import CAUSED_BY, COMMON_OPTIONS, PROCESS_KINDS, SYSTEMS, Option
from sandbox.warden.environments import OWN_MODULES

SANDBOX = Path(process_kinds.__file__).parent
IMITATIONS = {"stub", "probe"}
"""Kinds of the bench's own, which are of no system that a course is about."""


def options_read_by(*modules: object) -> set[str]:
    """First arguments of `….option("x")`, `options.get("x")` and `….options.get("x")` in these modules."""
    found = set()
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
                continue
            owner = ast.unparse(node.func.value)
            reads = node.func.attr == "option" or (node.func.attr == "get" and owner.endswith("options"))
            if reads and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_every_kind_has_an_implementation_and_the_jail_has_no_other() -> None:
    assert set(IMPLEMENTATIONS) == set(PROCESS_KINDS)


@pytest.mark.parametrize("name", PROCESS_KINDS)
def test_the_table_lists_exactly_the_options_that_an_implementation_reads(name: str) -> None:
    modules = [inspect.getmodule(IMPLEMENTATIONS[name])]
    if name == "stub":
        modules.append(stub_responses)
    assert options_read_by(*modules) == set(PROCESS_KINDS[name].options)


def test_the_supervisor_reads_the_options_that_every_kind_has() -> None:
    assert options_read_by(lane_set) - {"config"} == set(COMMON_OPTIONS)


def test_a_lane_may_send_every_event_that_the_table_says_its_kind_causes() -> None:
    assert CAUSED_BY
    assert set(CAUSED_BY) <= {*FROM_LANES}


def test_every_system_of_the_table_can_be_named_by_a_course() -> None:
    systems = {kind.system for kind in PROCESS_KINDS.values()}
    assert systems - IMITATIONS <= set(SYSTEMS)


@pytest.mark.parametrize(
    ("option", "good", "bad"),
    [
        (Option.TEXT, "a", 1),
        (Option.NUMBER, 0.5, True),
        (Option.FLAG, False, 0),
        (Option.WORDS, ["a"], [1]),
        (Option.LIST, [1], "a"),
        (Option.TABLE, {"calls": 5}, [5]),
    ],
)
def test_an_option_has_one_type_or_is_a_knob(option: Option, good: object, bad: object) -> None:
    assert option.accepts(good)
    assert option.accepts({"knob": "n"})
    assert not option.accepts(bad)


def test_the_jail_sees_every_module_that_its_code_imports() -> None:
    wanted = set()
    for file in [*(SANDBOX / "inside").rglob("*.py"), *(SANDBOX / name for name in OWN_MODULES)]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sandbox"):
                parts = node.module.split(".")
                wanted |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    assert wanted - {"inside"} == {name.removesuffix(".py") for name in OWN_MODULES} - {"__init__"}


def test_the_readme_shows_the_table() -> None:
    assert process_kinds.markdown_table() in (SANDBOX / "README.md").read_text()

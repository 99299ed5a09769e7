"""What `make lint` says of the dependencies, tried on folders made for it and on the environments that are
here.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

BASE = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dependency_audit", BASE / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def make(audit, tmp_path):
    """Make an environment of these requirements and these installed parts: name -> (version, what it
    requires).
    """

    def environment(requirements: str, **installed: tuple[str, list[str]]):
        wanted = tmp_path / "requirements.txt"
        wanted.write_text(requirements)
        for name, (version, needs) in installed.items():
            folder = tmp_path / "env" / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
            folder.mkdir(parents=True)
            lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
            (folder / "METADATA").write_text(
                "\n".join([*lines, *(f"Requires-Dist: {need}" for need in needs)]) + "\n"
            )
        return audit.Environment("here", tmp_path / "env", wanted, wanted)

    return environment


def test_a_requirement_without_a_pin_is_named(audit, make) -> None:
    here = make("tea>=1.0\ncup~=2.0\n", tea=("1.1", []), cup=("2.4", []))
    assert list(audit.wrong_pins(here)) == ["here: 'tea>=1.0' is not pinned with ~="]


def test_a_pin_that_is_not_met_is_named_with_what_is_installed(audit, make) -> None:
    here = make("tea~=1.0\ncup~=2.0\n", tea=("3.0", []))
    assert list(audit.wrong_pins(here)) == [
        "here: tea~=1.0 is wanted, 3.0 is installed",
        "here: cup~=2.0 is wanted, nothing is installed",
    ]


def test_what_no_requirement_brings_is_named_and_extras_and_markers_are_followed(audit, make) -> None:
    here = make(
        "tea[milk]~=1.0\n",
        tea=("1.1", ["cow>=1; extra == 'milk'", "lemon; extra == 'lemon'", "pot; python_version < '3'"]),
        cow=("1.0", ["grass"]),
        grass=("1.0", []),
        lemon=("1.0", []),
        pot=("1.0", []),
        pip=("1.0", []),
    )
    assert [line.split()[1] for line in audit.strays(here)] == ["lemon", "pot"]


def test_a_known_vulnerability_and_an_unknown_part_are_told_apart(audit) -> None:
    parts = [
        {"name": "tea", "version": "1.0", "vulns": [{"id": "TEA-2026-1", "fix_versions": ["1.1"]}]},
        {"name": "cup", "version": "2.0", "vulns": []},
        {"name": "pot", "skip_reason": "not found"},
    ]
    assert audit.judge({"dependencies": parts}) == (["tea 1.0: TEA-2026-1"], ["pot"])


@pytest.mark.audit
def test_the_environments_that_are_here_are_as_they_are_pinned(audit) -> None:
    here = audit.environments(BASE)
    assert {environment.name for environment in here} >= {"site", "sandbox"}
    for environment in here:
        assert len(environment.parts()) > 20
        assert [*audit.wrong_pins(environment), *audit.strays(environment)] == []


@pytest.mark.audit
def test_the_list_of_parts_tells_what_runs_from_what_is_only_worked_with(audit) -> None:
    document = json.loads(audit.write_sbom(audit.environments(BASE)[0], BASE / "var" / "sbom").read_text())
    scopes = {part["name"].lower(): part["scope"] for part in document["components"]}
    assert document["bomFormat"] == "CycloneDX"
    assert scopes["django"] == scopes["sqlparse"] == "required"
    assert scopes["pytest"] == scopes["pip-audit" if "pip-audit" in scopes else "pip_audit"] == "excluded"
    assert str(BASE) not in json.dumps(document)

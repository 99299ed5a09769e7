"""The repository keeps its own promises; every test that walks something also asserts that it walked
something.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "authoring", "config", "courseware", "labs", "quizzes", "sandbox")
MAY_IMPORT = {
    "accounts": set(),
    "authoring": set(),
    "labs": {"accounts", "authoring", "sandbox.protocol", "sandbox.process_kinds"},
    "quizzes": {"accounts", "authoring", "labs"},
    "courseware": {"accounts", "authoring", "labs", "quizzes", "sandbox.process_kinds"},
    "sandbox": set(),
}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
WIDEST_CODE, WIDEST_TEMPLATE = 110, 120
# A rule or budget is broken openly: the place, and why.
MAY_PAUSE = {
    "content/labs/celery-first-worker/driver.py": "how long the outage lasts; the order is in by then",
    "content/labs/slow-request/driver.py": (
        "how many people sign up in a second, and that nothing goes on any more; no event would tell"
    ),
}
LONGER_FILES: dict[str, str] = {}
LONGER_FUNCTIONS: dict[str, str] = {}


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would know."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=BASE,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := BASE / name).is_file()]


@functools.cache
def sources(*, tests: bool = False) -> list[tuple[str, ast.Module, str]]:
    """(path, tree, text) of our Python files."""
    found = []
    for path in tracked("*.py"):
        name = str(path.relative_to(BASE))
        if name.startswith(("content/", "static/")) or "/migrations/" in name:
            continue
        if not tests and ("/tests/" in name or name.startswith(("tests/", "benchmarks/"))):
            continue
        text = path.read_text()
        found.append((name, ast.parse(text), text))
    assert len(found) > 20
    return found


def is_ours(path: Path) -> bool:
    """Whether people here write the file: not vendored, not generated, not a recorded result."""
    return not {"vendor", "golden", "migrations"} & set(path.parts)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_file_is_longer_than_its_budget() -> None:
    long = {
        name: len(text.splitlines())
        for name, _, text in sources(tests=True)
        if len(text.splitlines()) > LONGEST_FILE
    }
    assert set(long) == set(LONGER_FILES), long


def test_no_script_and_no_style_sheet_is_longer_than_its_budget() -> None:
    ours = [
        path for path in tracked("*.js", "*.css", "*.d.ts") if not {"vendor", "content"} & set(path.parts)
    ]
    assert len(ours) > 40
    long = {str(path.relative_to(BASE)): len(path.read_text().splitlines()) for path in ours}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    long = {}
    for name, tree, _ in sources():
        for function in functions(tree):
            lines = (function.end_lineno or 0) - function.lineno + 1
            if lines > LONGEST_FUNCTION:
                long[f"{name}:{function.name}"] = lines
    assert set(long) == set(LONGER_FUNCTIONS), long


@pytest.mark.parametrize(
    ("pattern", "widest"),
    [
        ("content/**.py", WIDEST_CODE),  # ruff bounds the other Python
        ("*.js", WIDEST_CODE),
        ("frontend/types/*.d.ts", WIDEST_CODE),
        ("*/templates/*.html", WIDEST_TEMPLATE),
    ],
)
def test_no_line_is_wider_than_its_budget(pattern: str, widest: int) -> None:
    files = [path for path in tracked(pattern) if is_ours(path)]
    assert len(files) > 3
    wrong = {
        f"{path.relative_to(BASE)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > widest
    }
    assert not wrong, f"{len(wrong)} lines, among them {sorted(wrong)[:20]}"


def test_rooms_import_only_what_lies_below_them() -> None:
    wrong = []
    for name, tree, _ in sources():
        room = name.split("/")[0]
        if room not in MAY_IMPORT:
            continue
        for module in imported(tree):
            top = module.split(".")[0]
            if (
                top in ROOMS
                and top != room
                and not any(module == m or module.startswith(f"{m}.") for m in MAY_IMPORT[room])
            ):
                allowed_places = module.startswith(
                    "config.places"
                )  # names of folders only; it imports nothing
                if not allowed_places:
                    wrong.append(f"{name} imports {module}")
    assert not wrong, wrong


def test_a_template_uses_tags_and_templates_of_its_room_or_of_those_below() -> None:
    tags = {path.stem: path.parts[-3] for path in tracked("*/templatetags/*.py") if path.stem != "__init__"}
    named = re.compile(r"{% (?:extends|include) [\"'](\w+)/|{% load ([\w ]+) %}")
    walked, wrong = 0, []
    for path in tracked("templates/*.html", "*/templates/*.html"):
        name = str(path.relative_to(BASE))
        room = name.split("/")[0]
        # The frame in templates/ is around every page, so it may use the lowest rooms only.
        may_use = {"accounts", "authoring"} if room == "templates" else {room, *MAY_IMPORT.get(room, ())}
        for folder, loaded in named.findall(path.read_text()):
            walked += 1
            used = {folder} & set(ROOMS) | {tags[word] for word in loaded.split() if word in tags}
            wrong += [f"{name} uses {other}" for other in used - may_use]
    assert walked > 100
    assert len(tags) > 4
    assert not wrong, wrong


def test_the_sandbox_imports_nothing_of_django() -> None:
    files = [(name, tree) for name, tree, _ in sources() if name.startswith("sandbox/")]
    assert len(files) > 5
    wrong = [name for name, tree in files if any(m.split(".")[0] == "django" for m in imported(tree))]
    assert not wrong, wrong


def test_an_import_inside_a_function_says_why() -> None:
    wrong = []
    for name, tree, text in sources():
        lines = text.splitlines()
        for function in functions(tree):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    beside = lines[node.lineno - 1] + (lines[node.lineno - 2] if node.lineno > 1 else "")
                    if "#" not in beside:
                        wrong.append(f"{name}:{node.lineno}")
    assert not wrong, wrong


def test_no_module_is_named_after_nothing() -> None:
    names = {path.name for path in tracked("*.py")}
    assert not names & {"utils.py", "helpers.py", "services.py", "tests.py", "misc.py", "common.py"}


def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    registry = re.compile(r"(pypi|pythonhosted|npmjs|debian)\.(org|com)", re.IGNORECASE)
    # Where this checkout, its environment and its interpreter lie; a system's own interpreter lies where
    # everybody's does.
    ours = {BASE, Path(sys.prefix), Path(sys.prefix).resolve(), Path(sys.base_prefix)}
    ours |= {link.resolve() for link in BASE.glob(".venv*")}
    places = [re.escape(str(place)) for place in ours if not place.is_relative_to("/usr")]
    machine = re.compile(rf"(^|[\s\"'=(])({'|'.join(places)})\b")
    walked, wrong = 0, []
    for path in tracked():
        name = str(path.relative_to(BASE))
        if name.startswith("static/vendor/") and not name.endswith((".json", ".md", ".sh")):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        walked += 1
        for number, line in enumerate(text.splitlines(), 1):
            if name != "tests/test_house_rules.py" and (registry.search(line) or machine.search(line)):
                wrong.append(f"{name}:{number}: {line.strip()[:80]}")
    assert walked > 100
    assert not wrong, wrong


def test_no_template_or_script_writes_inline_styles_or_markup() -> None:
    forbidden = re.compile(
        r"\sstyle=\"|\son[a-z]+=\"|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|javascript:"
    )
    files = [path for path in tracked("*.html", "*.js") if not {"vendor", "golden"} & set(path.parts)]
    assert len(files) > 10
    wrong = [
        f"{path.relative_to(BASE)}: {match.group()}"
        for path in files
        if (match := forbidden.search(path.read_text()))
    ]
    assert not wrong, wrong


def test_mypy_reads_every_room() -> None:
    mypy = tomllib.loads((BASE / "pyproject.toml").read_text())["tool"]["mypy"]
    assert set(mypy["packages"]) == set(ROOMS)


@pytest.mark.parametrize("room", [*ROOMS, "benchmarks"])
def test_every_room_has_a_readme(room: str) -> None:
    assert len((BASE / room / "README.md").read_text().splitlines()) >= 5


def test_no_driver_makes_a_premise_by_a_pause() -> None:
    """A pause is right on an idle machine only; a driver waits for the event that its next step needs."""
    drivers = tracked("content/labs/*/driver.py")
    assert len(drivers) > 3
    pausing = {
        str(path.relative_to(BASE))
        for path in drivers
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"pause", "sleep"}
    }
    assert pausing == set(MAY_PAUSE)


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (BASE / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for document in ("README.md", "CONTRIBUTING.md"):
        named |= set(re.findall(r"`make ([a-z-]+)", (BASE / document).read_text()))
    assert {"run", "test"} <= named
    assert named <= targets, named - targets


def test_every_setting_read_from_the_environment_is_documented() -> None:
    settings = (BASE / "config/settings.py").read_text()
    names = set(re.findall(r"env\.[a-z_]+\(\s*\"([A-Z_]+)\"", settings))
    documented = (BASE / "docs/operating.md").read_text()
    assert len(names) > 10
    assert not {name for name in names if f"`{name}`" not in documented}

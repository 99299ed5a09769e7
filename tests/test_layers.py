"""Inside a room imports run one way, too: a sub-package imports only from those below it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import PurePosixPath

import pytest

from tests.test_house_rules import ROOMS, imported, sources

MOST_MODULES = 12
LAYERS: dict[str, list[set[str]]] = {
    # Lowest first. A sub-package or module may import from the sets before its own, and from its own set.
    # What is in no set here is on top of the room (TOP).
    "accounts": [
        {"models", "querysets", "tokens", "network_address", "pages", "words", "allowances"},
        {"permissions"},
        {"guests"},
        {"signing_in"},
    ],
    "authoring": [
        {"problems", "lines", "links", "models", "notation"},
        {"content_version", "text_files"},
        {"fields", "frontmatter"},
        {"code", "figures"},
        {"rendering"},
        {"entries"},
    ],
    "config": [{"places", "static_storage", "content_security"}, {"settings"}, {"doors"}, {"operations"}],
    "courseware": [
        {"models", "querysets"},
        {"search"},
        {"quiz_changes"},
        {"loading"},
        {"notes"},
        {"reading"},
        {"records"},
    ],
    "labs": [
        {"valkey", "signals", "problem_documents"},
        {"models"},
        {"judging"},
        {"checking"},
        {"catalog"},
        {"live"},
        {"runs"},
        {"runner"},
        {"operations"},
        {"api"},
        {"bench"},
    ],
    "quizzes": [
        {"signals"},
        {"grammar"},
        {"kinds"},
        {"form_size"},
        {"models"},
        {"loading"},
        {"answering"},
        {"attempts"},
    ],
    "sandbox": [
        {"warden_status"},
        {"protocol"},
        {"process_kinds"},
        {"caps", "jail_lines", "jail_descriptors", "volumes", "seccomp", "replay"},
        {"inside"},
        {"warden"},
        {"run"},
    ],
}
APART = {
    ("sandbox", "warden", "inside"),  # outside and inside the jail: each runs where the other is not
    ("quizzes", "answering", "loading"),  # a page parses nothing that an author wrote
    ("quizzes", "attempts", "loading"),
}
"""(room, part, part) where neither part imports the other."""
TOP = {
    "admin",
    "api",
    "apps",
    "asgi",
    "celery",
    "management",
    "tasks",
    "templatetags",
    "urls",
    "views",
    "wsgi",
}
TOP |= {"api_docs", "studio_views", "studio_guide"}


def part_of(name: str) -> str:
    """The sub-package or module of a room that a file belongs to."""
    return PurePosixPath(name).parts[1].removesuffix(".py")


def room_arrows(room: str) -> set[tuple[str, str, str]]:
    """(part, imported part, file) of every import between two parts of a room."""
    trees = {name: tree for name, tree, _ in sources() if name.startswith(f"{room}/")}
    parts = {part_of(name) for name in trees} - {"__init__"}
    found = set()
    for name, tree in trees.items():
        for module in imported(tree):
            words = module.split(".")
            if words[0] == room and len(words) > 1 and words[1] in parts and words[1] != part_of(name):
                found.add((part_of(name), words[1], name))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_sub_package_imports_only_from_those_below_it(room: str) -> None:
    height = {part: place for place, layer in enumerate(LAYERS[room]) for part in layer}
    top = len(LAYERS[room])
    arrows = room_arrows(room)
    assert arrows
    wrong = {
        f"{name} imports {room}.{lower}"
        for part, lower, name in arrows
        if height.get(part, top) < height.get(lower, top)
    }
    assert not wrong, sorted(wrong)


@pytest.mark.parametrize(("room", "one", "other"), APART)
def test_two_parts_that_stay_apart_do_not_import_each_other(room: str, one: str, other: str) -> None:
    arrows = room_arrows(room)
    assert {one, other} <= {part for part, _, _ in arrows}
    assert [name for part, lower, name in arrows if {part, lower} == {one, other}] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_part_of_a_room_has_its_place_in_the_order(room: str) -> None:
    parts = {part_of(name) for name, _, _ in sources() if name.startswith(f"{room}/")} - {"__init__"}
    listed = set().union(*LAYERS[room])
    assert parts - listed - TOP == set()
    assert listed - parts == set(), "the order names what is not there"


def test_no_folder_holds_more_modules_than_a_reader_can_oversee() -> None:
    folders = Counter(str(PurePosixPath(name).parent) for name, _, _ in sources())
    assert len(folders) > 30
    assert {folder: number for folder, number in folders.items() if number > MOST_MODULES} == {}


def test_every_sub_package_says_what_it_is_for() -> None:
    packages = [
        (name, tree)
        for name, tree, _ in sources()
        if name.endswith("/__init__.py")
        and name.count("/") > 1
        and not {"management", "commands", "templatetags"} & set(name.split("/"))
    ]
    assert len(packages) > 20
    assert [name for name, tree in packages if not ast.get_docstring(tree)] == []

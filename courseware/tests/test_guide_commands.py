"""The commands that the authoring guide names exist, and an author finds one for each step of the work."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands, load_command_class

from courseware.tests import authoring_guide as guide

COMMANDS = re.findall(r"manage\.py (\w+)((?: -{0,2}[\w-]+)*)", guide.text())


def test_every_command_of_the_guide_exists_with_its_options() -> None:
    known = get_commands()
    assert len(COMMANDS) > 5
    for name, words in COMMANDS:
        assert name in known
        parser = load_command_class(known[name], name).create_parser("manage.py", name)
        for option in re.findall(r"--[\w-]+", words):
            assert option in parser._option_string_actions, (name, option)


@pytest.mark.parametrize(
    "step",
    [
        "manage.py load_content --check FOLDER",  # are the files right?
        "manage.py up --port",  # how does the page look?
        "manage.py record_traces --check",  # what do the checks say of starter and solution?
        "manage.py run_listings FOLDER",  # do the listings of lessons do what they say?
    ],
)
def test_the_guide_has_a_command_for_each_step(step: str) -> None:
    assert step in guide.text()


@pytest.mark.parametrize("name", ["CONTENT", "STATE", "RUNTIME"])
def test_the_guide_says_where_a_preview_keeps_its_files(name: str) -> None:
    assert f"BACKBURNER_{name}=" in guide.text()
    assert f"BACKBURNER_{name}=" in (guide.DOCUMENT.parent.parent / "CONTRIBUTING.md").read_text()

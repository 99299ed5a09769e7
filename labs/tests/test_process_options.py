"""Values of a process that no run accepts are problems before a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from courseware.tests import authoring_guide
from labs.catalog import process_options
from labs.tests.conftest import LAB
from labs.tests.test_loading import problems_of


@pytest.fixture
def folder(content: Path, tmp_path: Path) -> Path:
    """A copy of the lab's folder to spoil."""
    shutil.copytree(content, tmp_path / "content")
    return tmp_path / "content" / "labs" / LAB


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('pool = "threads"', 'pool = "sollo"', '"pool" has no value "sollo"; did you mean "solo"?'),
        ('app = "tasks"', 'app = "taskz"', 'there is no module "taskz"; did you mean "tasks"?'),
        ("{ path = ", "{ pth = ", 'a route has no key "pth"; did you mean "path"?'),
    ],
)
def test_an_option_with_a_value_that_no_run_accepts_is_a_problem(
    folder: Path, old: str, new: str, said: str
) -> None:
    before = (folder / "lab.toml").read_text()
    assert old in before
    (folder / "lab.toml").write_text(before.replace(old, new, 1))
    told = problems_of(folder)
    assert [line.partition(": ")[2] for line in told] == [said]


def test_the_keys_of_routes_are_those_of_the_guide() -> None:
    assert tuple(authoring_guide.first_codes("routes")) == process_options.ROUTE_KEYS

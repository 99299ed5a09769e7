from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

from config.static_storage import StaticStorage


@pytest.fixture
def storage(tmp_path: Path) -> StaticStorage:
    """All our static files, collected."""
    storage = StaticStorage(location=tmp_path, base_url="/static/")
    paths = {}
    for finder in finders.get_finders():
        for path, source in finder.list([]):
            name = f"{source.prefix}/{path}" if getattr(source, "prefix", "") else path
            if "admin/" not in name:
                with source.open(path) as file:
                    FileSystemStorage(location=tmp_path).save(name, file)
                paths[name] = (FileSystemStorage(location=tmp_path), name)
    wrong = [
        (name, outcome) for name, _, outcome in storage.post_process(paths) if isinstance(outcome, Exception)
    ]
    assert wrong == []
    return storage


def test_scripts_import_each_other_under_names_that_exist(storage: StaticStorage, tmp_path: Path) -> None:
    walked = 0
    for script in tmp_path.rglob("*.js"):
        if "vendor" in script.parts or not re.search(r"\.[0-9a-f]{12}\.js$", script.name):
            continue
        for target in re.findall(
            r"""^(?:import|export)\b[^'";(]*['"](\.[^'"]+)['"]""", script.read_text(), re.MULTILINE
        ):
            walked += 1
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), f"{script.name} imports {target}"
            assert (script.parent / target).exists(), f"{script.name} imports {target}"
    assert walked > 3


def test_a_missing_entry_gets_a_plain_address(tmp_path: Path) -> None:
    assert StaticStorage(location=tmp_path, base_url="/static/").url("nowhere.css") == "/static/nowhere.css"

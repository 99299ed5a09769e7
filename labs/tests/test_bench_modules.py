"""The page of a bench names every module that its script brings, so that none waits for another to arrive."""

from __future__ import annotations

import re
from pathlib import Path

LABS = Path(__file__).resolve().parents[1]
SCRIPTS = LABS / "static" / "labs"
OF_THE_SITE = "../js/"
"""Scripts that the head of every page names."""
IMPORT = re.compile(r'^(?:import|export)\b.*?\bfrom "(\.[^"]+)";', re.MULTILINE)


def brought_by(script: Path) -> set[str]:
    """Names of all modules that a script imports, directly or not, without those of the site."""
    found: set[Path] = set()
    todo = [script]
    while todo:
        file = todo.pop()
        names = [name for name in IMPORT.findall(file.read_text()) if not name.startswith(OF_THE_SITE)]
        new = {(file.parent / name).resolve() for name in names} - found
        found |= new
        todo += new
    return {str(file.relative_to(SCRIPTS)) for file in found}


def test_the_page_of_a_bench_names_each_module_once() -> None:
    template = (LABS / "templates/labs/bench_modules.html").read_text()
    named = re.findall(r"modulepreload\" href=\"{% static 'labs/(.+?)' %}", template)
    assert len(named) > 20
    assert sorted(named) == sorted(brought_by(SCRIPTS / "bench.js"))

"""The scripts of the pages under Node, without a browser: `tests/js/`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent


def test_the_scripts_pass_their_tests_under_node() -> None:
    files = [str(file.relative_to(BASE)) for file in sorted(BASE.glob("tests/js/*.test.js"))]
    # Our packages have no package.json that says what they are: Node finds out, and would warn for each file.
    command = [
        "bash",
        ".ci/node",
        "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
        "--test",
        "--test-reporter=tap",
    ]
    said = subprocess.run(
        [*command, *files], cwd=BASE, capture_output=True, text=True, timeout=100, check=False
    )
    passed = re.search(r"^# pass (\d+)$", said.stdout, re.MULTILINE)
    assert said.returncode == 0, said.stdout + said.stderr
    assert passed is not None
    assert int(passed[1]) > 60

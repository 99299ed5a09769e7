"""Lessons' `exec` listings, each run alone in a jail: a fresh process, a private broker, five seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from authoring import frontmatter, listings
from authoring.listings import Listing
from authoring.problems import Problem, Problems

SECONDS = 5
LONGEST_OUTPUT = 3000

_LAB = f"""
title = "one listing"
environment = "main"
[limits]
wall = {SECONDS + 5}
memory_mb = 320
events = 1000
[[process]]
lane = "driver"
run = "python"
"""

_DRIVER = f"""
import json
import subprocess
import sys

try:
    ended = subprocess.run(
        [sys.executable, "listing.py"], cwd="/lab", capture_output=True, text=True, timeout={SECONDS}, check=False
    )
    told = {{"out": ended.stdout[:{LONGEST_OUTPUT}], "err": ended.stderr[-{LONGEST_OUTPUT}:], "code": ended.returncode}}
except subprocess.TimeoutExpired:
    told = {{"out": "", "err": "", "code": None}}
print(json.dumps(told))
"""


class NoJailError(RuntimeError):
    """This machine gave no answer from a jail; the message says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a listing ended: what it wrote, and its exit status, None when it did not end in time."""

    out: str
    err: str
    code: int | None


def collect(folder: Path) -> list[Listing]:
    """The listings that run, of all lessons of a content folder."""
    found = []
    for path in sorted((folder / "lessons").glob("*.md")):
        file = path.relative_to(folder).as_posix()
        _, body, first_line = frontmatter.split(path.read_text(encoding="utf-8"), file, Problems())
        found += listings.collect(body, file, first_line)
    return found


def run(listing: Listing) -> Ended:
    """Run one listing in a jail of its own. Raises NoJailError when there is no jail or it gave no answer."""
    with tempfile.TemporaryDirectory(prefix="listing-") as made:
        folder = Path(made)
        (folder / "lab.toml").write_text(_LAB, encoding="utf-8")
        (folder / "driver.py").write_text(_DRIVER, encoding="utf-8")
        (folder / "listing.py").write_text(listing.code, encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "sandbox.run", str(folder)],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    for line in ran.stdout.splitlines():
        event = json.loads(line)
        if event["kind"] == "log" and event["lane"] == "driver" and event["data"]["text"].startswith('{"out"'):
            return Ended(**json.loads(event["data"]["text"]))
    raise NoJailError(ran.stderr.strip() or "The jail gave no answer.")


def judge(listing: Listing, ended: Ended) -> Problem | None:
    """What the listing promised and did not keep."""
    what = ""
    last = ended.err.strip().rpartition("\n")[2]
    if ended.code is None:
        what = f"the listing did not end within {SECONDS} s"
    elif listing.error and last.partition(":")[0].rpartition(".")[2] != listing.error.rpartition(".")[2]:
        what = f"the listing should raise {listing.error} and ended with: {last or 'no error'}"
    elif ended.code and not listing.error:
        what = f"the listing failed with: {last}"
    elif listing.output is not None and ended.out != listing.output:
        what = f"the listing wrote {ended.out!r}, and its output says {listing.output!r}"
    return Problem(listing.file, listing.line, what, "mend the listing or what is said of it") if what else None


def problems_of(found: list[Listing]) -> Iterator[Problem]:
    """Run them all, one after another."""
    for listing in found:
        if problem := judge(listing, run(listing)):
            yield problem

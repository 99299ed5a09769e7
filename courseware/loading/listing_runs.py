"""Runs each `exec` listing of the lessons alone in a jail: a new process, a private broker, five seconds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from authoring import frontmatter, text_files
from authoring.code import listings
from authoring.code.listings import Listing
from authoring.problems import Problem, Problems

SECONDS, LONGEST_WAIT = 5, 40
"""Seconds of processor time that a listing may take, and seconds by the clock on a busy machine."""
LONGEST_OUTPUT = 3000

_LAB = f"""
title = "one listing"
environment = "main"
[limits]
wall = {LONGEST_WAIT + 5}
memory_mb = 320
events = 1000
[[process]]
lane = "driver"
kind = "python"
"""

_DRIVER = f"""
import json
import resource
import signal
import subprocess
import sys

resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS + 1}))
try:
    ended = subprocess.run(
        [sys.executable, "listing.py"],
        cwd="/lab",
        capture_output=True,
        text=True,
        timeout={LONGEST_WAIT},
        check=False,
    )
    out, err = ended.stdout[:{LONGEST_OUTPUT}], ended.stderr[-{LONGEST_OUTPUT}:]
    result = {{"out": out, "err": err, "code": ended.returncode}}
    if ended.returncode == -signal.SIGXCPU:
        result = {{"out": "", "err": "", "code": None}}
except subprocess.TimeoutExpired:
    result = {{"out": "", "err": "", "code": None}}
print(json.dumps(result))
"""


class NoJailError(RuntimeError):
    """The jail of this machine gave no result. The message says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a listing: its output, and its exit status, or None if it did not end in time."""

    out: str
    err: str
    code: int | None


def collect(folder: Path) -> list[Listing]:
    """The listings that run, of all lessons of a content folder that can be read."""
    found = []
    problems = Problems()  # a load reports them
    for path in text_files.paths(folder / "lessons", ".md", folder, problems):
        file = path.relative_to(folder).as_posix()
        _, body, first_line = frontmatter.split(text_files.read(path, file, problems) or "", file, problems)
        found += listings.collect(body, file, first_line)
    return found


def run(listing: Listing) -> Ended:
    """Run one listing in a jail of its own. Raises NoJailError without a jail or a result."""
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
            timeout=LONGEST_WAIT + 80,
            check=False,
        )
    for line in ran.stdout.splitlines():
        event = json.loads(line)
        if (
            event["kind"] == "log"
            and event["lane"] == "driver"
            and event["data"]["text"].startswith('{"out"')
        ):
            return Ended(**json.loads(event["data"]["text"]))
    raise NoJailError(ran.stderr.strip() or "The jail gave no result.")


def judge(listing: Listing, ended: Ended) -> Problem | None:
    """The problem of a listing that does not do what the lesson says, or None."""
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
    return (
        Problem(listing.file, listing.line, what, "fix the listing, or what the lesson says about it")
        if what
        else None
    )


def problems_of(found: list[Listing]) -> Iterator[Problem]:
    """Run them all, one after another."""
    for listing in found:
        if problem := judge(listing, run(listing)):
            yield problem

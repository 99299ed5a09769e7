"""`python -m tests.postgres [pytest arguments]`: every test that uses the database, once more on PostgreSQL.

A cluster of its own is made from the system's binaries in a short temporary folder and listens on a unix
socket there; it is gone afterwards. As a pytest plugin this module picks the tests: those that use the
database and need neither a browser nor a jail.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOMS = ("accounts", "courseware", "quizzes", "labs", "tests")
OWNER = "postgres"  # PostgreSQL refuses to run as root
NAME = "backburner"
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=60",
)
MISSING = (
    "The database code is tested on PostgreSQL too, and its server is missing: apt-get install postgresql\n"
)
PATIENCE = 120.0  # seconds for the server to answer


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest installed version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if on_path := shutil.which("initdb"):
        folders.insert(0, Path(on_path).resolve().parent)
    whole = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return whole[-1] if whole else None


def as_owner() -> dict[str, object]:
    """Arguments for subprocess: as root everything runs as the system's user for PostgreSQL."""
    if os.geteuid() != 0:
        return {}
    return {
        "user": OWNER,
        "group": OWNER,
        "extra_groups": [],
        "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    }


@contextmanager
def cluster(binary_folder: Path) -> Iterator[str]:
    """A running cluster; yields the DATABASE_URL of a database in it."""
    folder = Path(tempfile.mkdtemp(prefix="bb-pg-", dir="/tmp"))  # a socket's path may have 107 bytes
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(OWNER).pw_uid, -1)
    server = None
    try:
        make = [
            binary_folder / "initdb",
            "-D",
            folder / "data",
            "-U",
            NAME,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run([*make, "--locale=C.UTF-8"], cwd=folder, check=True, capture_output=True, **as_owner())
        serve = [binary_folder / "postgres", "-D", folder / "data", "-k", folder]
        options = [word for option in FAST for word in ("-c", option)]
        log = folder.with_suffix(".log")
        with log.open("wb") as out:
            server = subprocess.Popen([*serve, *options], cwd=folder, stdout=out, stderr=out, **as_owner())
        wait_for(server, binary_folder, folder, log)
        yield f"postgres://{NAME}@/{NAME}?host={folder}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


def wait_for(server: subprocess.Popen[bytes], binary_folder: Path, folder: Path, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while subprocess.run([binary_folder / "pg_isready", "-q", "-h", folder, "-d", "postgres"]).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.1)


def uses_database(item: pytest.Item) -> bool:
    """Through pytest-django, and without a browser or a jail."""
    if item.get_closest_marker("browser") or item.get_closest_marker("jail"):
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from django.db import connection  # here: the plugin is loaded before Django is set up

    if connection.vendor != "postgresql":
        raise pytest.UsageError("tests.postgres is meant for PostgreSQL: run `python -m tests.postgres`")
    chosen = [item for item in items if uses_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def main(*arguments: str) -> int:
    found = binaries()
    if found is None:
        sys.stderr.write(MISSING)
        return 2
    with cluster(found) as url:
        command = [sys.executable, "-m", "pytest", "-p", "tests.postgres", *(arguments or ROOMS)]
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))

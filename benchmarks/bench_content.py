"""Seconds to load the whole course from nothing, and again unchanged.

python -m benchmarks.bench_content [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from config.places import BASE


def load(environment: dict[str, str]) -> float:
    """Seconds of one `manage.py load_content` less those of Django's own start."""
    took = []
    for command in ("load_content", "version"):
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "manage.py", command], cwd=BASE, env=environment, check=True, capture_output=True
        )
        took.append(time.monotonic() - began)
    return took[0] - took[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    fresh, again = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="bb-content-") as state:
            environment = {**os.environ, "BACKBURNER_STATE": state}
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE, env=environment, check=True
            )
            fresh.append(load(environment))
            again.append(load(environment))
    sys.stdout.write(
        f"from nothing {statistics.median(fresh):.2f} s, unchanged {statistics.median(again):.2f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

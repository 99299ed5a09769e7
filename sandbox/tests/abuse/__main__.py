"""`python -m sandbox.tests.abuse [--user root|nobody|both] [FAMILY…]`: the abuse suite as a table; the status
is 1 if any line is red.
"""

# ruff: noqa: T201 - the table is the answer
from __future__ import annotations

import argparse
import sys
import time

from sandbox.tests.abuse.harness import Report, families, suite, users

HEAD = f"{'family':32} {'outcome':10} {'contained':10} {'neighbour':10} {'survivors':>9} {'s':>5}"


def line(report: Report) -> str:
    """One row of the table."""
    contained = "no" if report.breach or report.told or report.slow else "yes"
    neighbour = "harmed" if report.neighbour else "unharmed"
    columns = f"{report.family:32} {report.outcome or 'hung up':10} {contained:10} {neighbour:10}"
    return f"{columns} {len(report.survivors):>9} {report.seconds:5.1f}"


def run(user: str, wanted: list[str]) -> int:
    """Run the families (all, or those whose name contains one of the words) as a user; returns how many
    failed.
    """
    failed, begun, count = 0, time.monotonic(), 0
    print(f"\nThe warden runs as {user}.\n{HEAD}\n{'-' * len(HEAD)}", flush=True)
    with suite(user) as made:
        for family in families():
            if wanted and not any(word in family.FAMILY for word in wanted):
                continue
            report = made.run(family)
            count += 1
            failed += bool(report.problems)
            print(line(report), flush=True)
            for problem in report.problems:
                print(f"    {problem}", flush=True)
    print(
        f"{count} families as {user}: {count - failed} contained, {failed} not, "
        f"in {time.monotonic() - begun:.0f} s"
    )
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.tests.abuse", description="Real jails, hostile programs."
    )
    parser.add_argument("--user", choices=[*users(), "both"], default="both", help="who the warden is")
    parser.add_argument("family", nargs="*", help="only families whose name holds one of these words")
    options = parser.parse_args()
    chosen = users() if options.user == "both" else [options.user]
    sys.exit(bool(sum(run(user, options.family) for user in chosen)))


if __name__ == "__main__":
    main()

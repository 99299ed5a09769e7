"""What the checks of ended runs said, kept in this process: an ended run is never judged again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from labs.models import Run
from sandbox.protocol import VerdictKind

MOST_KEPT = 8192
"""Runs whose verdicts one process keeps; each takes less than 1 KiB."""


class Verdicts(NamedTuple):
    """The ids of the checks that a run passed, and how many checks judged it."""

    passed: frozenset[str]
    of: int


_kept: dict[Any, Verdicts] = {}


def verdicts_of(ended: Iterable[Any]) -> dict[Any, Verdicts]:
    """The verdicts by id, without runs that are gone.

    The runs must have ended: the checks of a live run are not written yet.

    No query, or one for all runs that this process has not read. The checks are the longest column of a run,
    with a sentence for each, and pages show little more than how many of them passed.
    """
    wanted = set(ended)
    found = {pk: verdicts for pk in wanted if (verdicts := _kept.get(pk))}
    if missing := wanted - found.keys():
        if len(_kept) > MOST_KEPT:
            _kept.clear()
        for pk, checks in Run.objects.filter(pk__in=missing).order_by().values_list("pk", "checks"):
            passed = (check["id"] for check in checks if check["verdict"] == VerdictKind.PASSED)
            found[pk] = _kept[pk] = Verdicts(frozenset(passed), len(checks))
    return found

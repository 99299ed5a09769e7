"""Random programs of small tasks: the trace says what the program's own record says."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.tests.client import process
from sandbox.tests.truth import ends, run_program


@pytest.mark.jail
@pytest.mark.parametrize("pool", ["prefork", "threads"])
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_trace_says_what_the_record_of_a_random_program_says(warden, pool: str, seed: int) -> None:
    lane = process("worker-1", "celery-worker", pool=pool, concurrency=2)
    ran = run_program(warden, "random", lane, seed=seed, wall=120.0)
    assert ran.of("mark", text="quiet")[0]["data"]["answer"] is True
    record = Counter(
        (mark["data"]["of"], mark["data"]["id"], mark["data"]["outcome"])
        for mark in ran.of("mark", text="record")
    )
    told = Counter(
        (name, task, kind) for (task, name, _), kinds in ends(ran).items() for kind in (kinds or ["open"])
    )
    assert told == record

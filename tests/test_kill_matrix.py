"""The cells of the kill matrix that cost most when they fail; `make kill-matrix` runs all of them."""

from __future__ import annotations

import os

import pytest

from tests import kill_matrix
from tests.kill_matrix import cell, jailed
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("victim", "stage"),
    [
        ("web", "running"),
        ("runner", "running"),
        ("warden", "starting"),
        ("warden", "running"),
        ("valkey", "running"),
        ("jail", "running"),
    ],
)
def test_no_run_is_lost_and_nothing_survives(product: Product, victim: str, stage: str) -> None:
    product.wait_ready()
    row = cell(product, victim, stage)
    assert row.good, row


def test_a_process_that_nobody_has_reaped_is_no_survivor(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (child := os.fork()):
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    monkeypatch.setattr(kill_matrix, "namespace", lambda pid: "a jail's" if pid == str(child) else "ours")
    assert jailed() == {}
    os.waitpid(child, 0)

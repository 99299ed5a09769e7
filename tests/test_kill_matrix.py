"""The cells of the kill matrix that cost most when they fail; `make kill-matrix` runs all of them."""

from __future__ import annotations

import pytest

from tests.kill_matrix import cell
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(180)]


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

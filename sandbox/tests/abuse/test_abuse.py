"""Every family of the abuse suite in a real jail, as root and as an unprivileged user where both are
possible.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.tests.abuse.harness import Suite, families, suite, users
from sandbox.tests.client import BASE

pytestmark = pytest.mark.jail
ALL = {family.FAMILY: family for family in families()}


@pytest.fixture(scope="module", params=users())
def made(request: pytest.FixtureRequest) -> Iterator[Suite]:
    with suite(request.param) as running:
        yield running


@pytest.mark.parametrize("name", ALL)
def test_a_family_is_contained_and_explained_and_harms_nobody(made, name) -> None:
    assert made.run(ALL[name]).problems == []


def test_no_family_is_missing_here_or_in_the_threat_model() -> None:
    document = (BASE / "docs" / "security.md").read_text()
    assert len(ALL) >= 70
    assert [
        family for family in families() if f"`{family.__name__.rpartition('.')[2]}`" not in document
    ] == []

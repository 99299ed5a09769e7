"""Every lab in the real jail: the starter fails exactly what its author names, the solution passes, and a calm run does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings

from authoring.problems import Problems
from labs import loading
from labs.folder import CHECKS
from labs.loading import LabSource
from labs.reference import Reference, perform
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(120)]
CONTENT = Path(settings.CONTENT)
LABS = {source.slug: source for source in loading.read(CONTENT, Problems())}
CALM = "import bench\nbench.command = lambda *words, **more: None\n"


@pytest.fixture(autouse=True)
def warden(product: Product, settings) -> None:
    """The reference runs go to the warden of the product that the tests boot."""
    product.wait_ready()
    settings.WARDEN_SOCKET = product.runtime / "warden.sock"


def run(source: LabSource, *, solved: bool, knobs: dict[str, object] | None = None) -> Reference:
    checks = (CONTENT / "labs" / source.slug / CHECKS).read_text()
    return perform(source, checks, solved=solved, knobs=knobs)


def calmed(source: LabSource) -> tuple[LabSource, dict[str, object]]:
    """The lab with its chaos off: the driver commands nothing, switches are off, numbers are at their least."""
    files = {**source.definition["files"]}
    files["driver.py"] = CALM + files["driver.py"]
    knobs: dict[str, object] = {}
    for knob in source.definition["knobs"]:
        knobs[knob["name"]] = False if knob["kind"] == "bool" else knob.get("min", knob["default"])
    return replace(source, definition={**source.definition, "files": files}), knobs


def test_there_are_labs_to_run() -> None:
    assert len(LABS) >= 4


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_starter_fails_exactly_what_its_author_names(slug: str) -> None:
    assert sorted(run(LABS[slug], solved=False).failed) == sorted(LABS[slug].definition["starter_fails"])


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_solution_passes_every_check(slug: str) -> None:
    found = run(LABS[slug], solved=True)
    assert found.failed == [], found.judgement.checks


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_solution_does_not_pass_when_the_chaos_is_switched_off(slug: str) -> None:
    source, knobs = calmed(LABS[slug])
    found = run(source, solved=True, knobs=knobs)
    assert found.failed != []
    assert "not_tested" in {verdict["verdict"] for verdict in found.judgement.checks}

"""Every lab in the real jail: the starter fails exactly what its author names, the solution passes, and a
calm run does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from django.conf import settings

from authoring.problems import Problems
from labs.catalog import loading
from labs.catalog.loading import LabSource
from labs.catalog.local_folder import CHECKS
from labs.runner.reference_runs import NotRun, Reference, perform
from labs.runner.warden_client import WardenGone
from sandbox.tests.abuse.processors import Share
from sandbox.tests.abuse.watch import descendants
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(1200)]
CONTENT = Path(settings.CONTENT)
LABS = {source.slug: source for source in loading.read(CONTENT, Problems())}
CALM = "import bench\nbench.command = lambda *words, **more: None\n"
AT_ONCE = 4
"""Runs that go side by side: as many as the product's warden runs at once. A run mostly waits."""
QUIET, TRIES = 0.7, 4
"""A run in real seconds may miss what its lab asks when other programs take processor time. It is repeated,
alone, when they left it less than this part of the machine.
"""
WAYS = ("starter", "solution", "calm solution")


@dataclass
class Runs:
    """The reference runs of the chosen labs, started together: a test only waits for its own."""

    product: Product
    pool: ThreadPoolExecutor
    labs: set[str]
    started: dict[tuple[str, str], Future[tuple[Reference | Exception, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for slug in sorted(self.labs):
            for way in WAYS:
                self.started[slug, way] = self.pool.submit(self.measured, slug, way)

    def measured(self, slug: str, way: str) -> tuple[Reference | Exception, float]:
        """The run, or why there was none, and the part of the machine that other programs left."""
        supervisor = self.product.process.pid
        share = Share(lambda: (supervisor, *descendants(supervisor)))
        try:
            return run(LABS[slug], way), share.left()
        except (NotRun, WardenGone) as error:
            return error, share.left()

    def of(self, slug: str, way: str, right: Callable[[Reference], bool]) -> Reference:
        """The run of a lab; another one where it is not `right` and the machine was busy, or was too busy by
        the run's own account.
        """
        found, left = self.started[slug, way].result()
        for _ in range(TRIES - 1):
            if isinstance(found, Reference) and right(found):
                break
            if left > QUIET and not (isinstance(found, Reference) and unjudged(found)):
                break
            found, left = self.measured(slug, way)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(scope="module")
def runs(product: Product, request: pytest.FixtureRequest) -> Iterator[Runs]:
    """The runs go to the warden of the tests' product."""
    product.wait_ready()
    labs = {
        item.callspec.params["slug"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == Path(__file__) and hasattr(item, "callspec")
    }
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(AT_ONCE) as pool:
        patch.setattr(settings, "WARDEN_SOCKET", product.runtime / "warden.sock")
        yield Runs(product, pool, labs)
        pool.shutdown(cancel_futures=True)


def run(source: LabSource, way: str) -> Reference:
    checks = (CONTENT / "labs" / source.slug / CHECKS).read_text()
    if way == "calm solution":
        source, knobs = calmed(source)
        return perform(source, checks, solved=True, knobs=knobs)
    return perform(source, checks, solved=way == "solution")


def calmed(source: LabSource) -> tuple[LabSource, dict[str, object]]:
    """The lab without chaos: the driver commands nothing, switches are off, numbers are at their least."""
    files = {**source.definition["files"]}
    files["driver.py"] = CALM + files["driver.py"]
    knobs: dict[str, object] = {}
    for knob in source.definition["knobs"]:
        knobs[knob["name"]] = False if knob["kind"] == "bool" else knob.get("min", knob["default"])
    return replace(source, definition={**source.definition, "files": files}), knobs


def untested(found: Reference) -> bool:
    """Whether a check says that its premise did not occur."""
    return "not_tested" in {verdict["verdict"] for verdict in found.judgement.checks}


def unjudged(found: Reference) -> bool:
    """Whether the machine was too busy for a check that rests on time. The site repeats such a run, too."""
    return "not_judged" in {verdict["verdict"] for verdict in found.judgement.checks}


def test_there_are_labs_to_run() -> None:
    assert len(LABS) >= 4


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_starter_fails_exactly_what_its_author_names(runs: Runs, slug: str) -> None:
    wanted = sorted(LABS[slug].definition["starter_fails"])
    found = runs.of(slug, "starter", lambda one: sorted(one.failed) == wanted)
    assert sorted(found.failed) == wanted


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_solution_passes_every_check(runs: Runs, slug: str) -> None:
    found = runs.of(slug, "solution", lambda one: one.failed == [])
    verdicts = {verdict["id"]: verdict["verdict"] for verdict in found.judgement.checks}
    # Where the machine is busy for minutes, a check that rests on time may never be judged. That is no fault.
    assert {name: one for name, one in verdicts.items() if one not in ("passed", "not_judged")} == {}
    assert "passed" in verdicts.values()


@pytest.mark.parametrize("slug", sorted(LABS))
def test_the_solution_does_not_pass_when_the_chaos_is_switched_off(runs: Runs, slug: str) -> None:
    found = runs.of(slug, "calm solution", untested)
    assert found.failed != []
    assert untested(found)

"""Labs as the course shows them: the title, the checks, and which checks this learner has passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import BigAutoField, Case, Value, When, Window
from django.db.models.functions import RowNumber

from accounts.pages.prepared_reads import Given, PreparedRead
from courseware.reading.outline import LabFacts
from labs.catalog.kept_verdicts import Verdicts, verdicts_of
from labs.models import Run
from labs.models.querysets import FINISHED, PASSED

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Check:
    """A check by its title, and whether the run that counts passed it."""

    title: str
    passed: bool


@dataclass(frozen=True)
class LabCard:
    """A lab with what the learner has reached. If a run passed, its checks count; otherwise those of the last
    run that finished by itself. `tried` says whether there is such a run.
    """

    slug: str
    title: str
    url: str
    checks: tuple[Check, ...]
    tried: bool
    passed: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passed", sum(check.passed for check in self.checks))

    @property
    def of(self) -> int:
        return len(self.checks)

    @property
    def is_done(self) -> bool:
        return self.tried and bool(self.checks) and self.passed == self.of

    @property
    def look(self) -> str:
        """The checks that are passed, as a key for kept fragments."""
        return f"{self.tried} {[check.passed for check in self.checks]}"

    @property
    def pips(self) -> list[bool]:
        """Whether each check is passed; the passed ones come first."""
        return sorted((check.passed for check in self.checks), reverse=True)


_COUNTING = PreparedRead(
    lambda: (
        Run.objects.filter(learner=Given("learner", BigAutoField()), outcome__in=FINISHED)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by="lab",
                order_by=[Case(When(outcome=PASSED, then=Value(0)), default=Value(1)), "-ended_at"],
            )
        )
        .filter(place=1)
        .order_by()
        .values_list("lab_id", "pk")
    )
)
"""The run that counts in each lab: the last that passed, else the last that finished by itself."""


def lab_cards(labs: Iterable[LabFacts], learner: User | None) -> dict[str, LabCard]:
    """The cards of these labs by slug; one query, none without a learner, and one more where this process has
    not read the verdicts of a run yet.
    """
    wanted = list(labs)
    judged: dict[int, Verdicts] = {}
    if learner and wanted:
        pks = {lab.pk for lab in wanted}
        runs = {lab: run for lab, run in _COUNTING.rows(learner=learner.pk) if lab in pks}
        known = verdicts_of(runs.values())
        judged = {lab: known[run] for lab, run in runs.items() if run in known}
    return {lab.slug: _card(lab, judged.get(lab.pk)) for lab in wanted}


def _card(lab: LabFacts, judged: Verdicts | None) -> LabCard:
    passed = judged.passed if judged else frozenset()
    checks = tuple(Check(title, ident in passed) for ident, title in lab.checks)
    return LabCard(lab.slug, lab.title, lab.url, checks, judged is not None)

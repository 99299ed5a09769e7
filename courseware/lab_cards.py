"""Labs as the course shows them: the title, the checks, and how far this learner came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, JSONField, OuterRef, Subquery, Value, When

from courseware.addresses import address
from labs.models import Lab, Run
from labs.querysets import FINISHED

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Check:
    """A check by its title, and whether the run that counts passed it."""

    title: str
    passed: bool


@dataclass(frozen=True)
class LabCard:
    """One lab. `checks` are judged by a run that passed, else by the last that went to its end; `tried` says if any did."""

    slug: str
    title: str
    lesson: str
    url: str
    checks: tuple[Check, ...]
    tried: bool

    @property
    def of(self) -> int:
        return len(self.checks)

    @property
    def passed(self) -> int:
        return sum(check.passed for check in self.checks)

    @property
    def is_done(self) -> bool:
        return self.tried and bool(self.checks) and self.passed == self.of

    @property
    def pips(self) -> list[bool]:
        """One a check, the passed ones first."""
        return sorted((check.passed for check in self.checks), reverse=True)


def lab_cards(learner: User | None, slugs: Iterable[str] | None = None) -> dict[str, LabCard]:
    """Published labs by slug, all or these, in one query."""
    labs = Lab.objects.filter(published=True, revision__isnull=False)
    if slugs is not None:
        labs = labs.filter(slug__in=list(slugs))
    counted: Any = Value(None, JSONField())
    if learner is not None:
        passed_first = Case(When(outcome="passed", then=0), default=1)
        runs = Run.objects.of(learner).filter(lab=OuterRef("pk"), outcome__in=FINISHED)
        counted = Subquery(runs.order_by(passed_first, "-ended_at").values("checks")[:1])
    rows = labs.annotate(titles=F("revision__definition__checks"), counted=counted)
    return {row["slug"]: _card(row) for row in rows.values("slug", "title", "lesson", "titles", "counted")}


def _card(row: dict[str, Any]) -> LabCard:
    verdicts = {check["id"]: check["verdict"] == "passed" for check in row["counted"] or ()}
    checks = tuple(Check(check["title"], verdicts.get(check["id"], False)) for check in row["titles"] or ())
    url = address("labs:lab", row["slug"])
    return LabCard(row["slug"], row["title"], row["lesson"], url, checks, row["counted"] is not None)

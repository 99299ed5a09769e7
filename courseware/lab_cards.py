"""Labs as the course shows them: the title, the checks, and how far this learner came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, JSONField, OuterRef, Subquery, Value, When
from django.db.models.functions import JSONObject

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


def lab_cards(learner: User | None) -> dict[str, LabCard]:
    """All published labs by slug, in one query."""
    labs = Lab.objects.filter(published=True).annotate(facts=lab_column(learner, OuterRef("slug")))
    cards = {slug: card_of(slug, facts) for slug, facts in labs.values_list("slug", "facts")}
    return {slug: card for slug, card in cards.items() if card}


def lab_column(learner: User | None, slug: OuterRef) -> Subquery:
    """What `card_of` needs, as a column of a query whose rows name a lab's slug; null where there is no such lab."""
    run: Any = Value(None, JSONField())
    if learner is not None:
        passed_first = Case(When(outcome="passed", then=0), default=1)
        runs = Run.objects.of(learner).filter(lab=OuterRef("pk"), outcome__in=FINISHED)
        run = Subquery(runs.order_by(passed_first, "-ended_at").values("checks")[:1])
    labs = Lab.objects.filter(slug=slug, published=True, revision__isnull=False)
    facts = JSONObject(title=F("title"), checks=F("revision__definition__checks"), run=run)
    return Subquery(labs.annotate(facts=facts).values("facts")[:1], output_field=JSONField())


def card_of(slug: str, facts: dict[str, Any] | None) -> LabCard | None:
    """The card for what `lab_column` gave."""
    if facts is None:
        return None
    run, checks = _read(facts["run"]), _read(facts["checks"])
    verdicts = {check["id"]: check["verdict"] == "passed" for check in run or ()}
    judged = tuple(Check(check["title"], verdicts.get(check["id"], False)) for check in checks or ())
    return LabCard(slug, facts["title"], address("labs:lab", slug), judged, run is not None)


def _read(column: Any) -> Any:
    """SQLite forgets that a subquery gave JSON and puts its text into the object; PostgreSQL puts the value."""
    return json.loads(column) if isinstance(column, str) else column

"""What the page of a bench is made of: pure data for the template and for the scripts. The solution's text is never in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.guests import learner_of
from accounts.models import User
from labs import health
from labs.models import Lab, LabRevision, Run
from labs.valkey import Unreachable
from labs.words import bench_words
from sandbox.protocol import Outcome

NEWEST = 12
"""Runs that the bench lists."""
FIRST, LAST = ("uvicorn", "python"), ("stub", "probe")
BROKERED = {"celery-worker", "beat", "rq-worker", "rq-scheduler", "arq-worker"}
PASSED_CHECKS = "passed"


def lanes_of(revision: LabRevision) -> list[str]:
    """Lanes from top to bottom: who sends, the broker, who works, and what they call."""

    def rank(run: str) -> int:
        return 0 if run in FIRST else 2 if run in LAST else 1

    processes = sorted(revision.definition["processes"], key=lambda process: rank(process["run"]))
    first = [p["lane"] for p in processes if p["run"] in FIRST]
    rest = [p["lane"] for p in processes if p["run"] not in FIRST]
    broker = ["broker"] if any(p["run"] in BROKERED for p in processes) else []
    return [*first, *broker, *rest]


def summary(run: Run) -> dict[str, Any]:
    """One run in a list."""
    passed = sum(check["verdict"] == PASSED_CHECKS for check in run.checks)
    return {
        "id": str(run.pk),
        "url": reverse("labs:run", args=[run.pk]),
        "status": run.state,
        "outcome": run.outcome,
        "at": run.queued_at.isoformat(),
        "passed": passed,
        "of": len(run.checks),
    }


def rig() -> dict[str, str]:
    """What runs are done with now: `state` is jail, recording, absent or off; `why` a sentence where there is one."""
    if not settings.LABS_ENABLED:
        return {"state": "off", "why": ""}
    try:
        runners = health.fresh_runners()
    except Unreachable:
        return {"state": "absent", "why": ""}
    wardens = [runner["warden"] for runner in runners.values() if runner["warden"]]
    if not wardens:
        return {"state": "absent", "why": ""}
    if all(warden["mode"] == "replay" for warden in wardens):
        return {"state": "recording", "why": str(wardens[0].get("sentence", ""))}
    return {"state": "jail", "why": ""}


@dataclass
class Bench:
    """One bench as somebody sees it: the lab to work at, or one run of it."""

    request: HttpRequest
    lab: Lab
    revision: LabRevision
    run: Run | None = None

    def __post_init__(self) -> None:
        self.learner: User | None = learner_of(self.request)
        self.is_owner = self.run is None or (self.learner is not None and self.run.learner_id == self.learner.pk)
        self.runs: list[Run] = []
        if self.learner is not None:
            self.runs = list(Run.objects.of(self.learner).filter(lab=self.lab)[:NEWEST])
        self.rig = rig()

    @property
    def is_page_of_run(self) -> bool:
        return self.run is not None

    @property
    def is_live_of_owner(self) -> bool:
        """A run that whoever looks may stop."""
        return self.run is not None and self.is_owner and not self.run.has_ended

    @property
    def has_controls(self) -> bool:
        """The bench itself, or one's own run while it lives."""
        return self.run is None or self.is_live_of_owner

    @property
    def may_start(self) -> bool:
        """May whoever looks press Run? Guests may where the installation says so."""
        if not settings.LABS_ENABLED:
            return False
        known = self.learner is not None and not self.learner.is_guest
        return known or bool(settings.LABS_GUEST_RUNS)

    @property
    def has_passed(self) -> bool:
        return any(run.outcome == Outcome.PASSED for run in self.runs)

    @property
    def files(self) -> list[dict[str, Any]]:
        """Each file to show: what the run had, or the starter's; `starter` only where that is another text."""
        starter = self.revision.files
        ours = self.run.files if self.run else {}
        editable = self.revision.definition["editable"]
        return [
            {
                "name": name,
                "text": ours.get(name, text),
                "starter": text if name in ours else None,
                "editable": name in editable and not self.is_page_of_run,
                "changed": name in ours,
            }
            for name, text in starter.items()
        ]

    @property
    def knobs(self) -> list[dict[str, Any]]:
        """Each knob with the value to show."""
        values = {**self.revision.default_knobs(), **(self.run.knobs if self.run else {})}
        return [{**knob, "value": values[knob["name"]]} for knob in self.revision.definition["knobs"]]

    @property
    def commands(self) -> list[dict[str, str]]:
        """One button each."""
        found = self.revision.definition["commands"]
        return [{"action": c["action"], "target": target} for c in found for target in c["targets"]]

    def data(self) -> dict[str, Any]:
        """What the scripts read from the page."""
        definition = self.revision.definition
        shown = self.run or self._asked or (self.runs[0] if self.runs else None)
        return {
            "slug": self.lab.slug,
            "title": definition["title"],
            "revision": self.revision.digest[:12],
            "budget": definition["budget"],
            "wall": definition["limits"]["wall"],
            "lanes": lanes_of(self.revision),
            "files": self.files,
            "knobs": self.knobs,
            "commands": self.commands,
            "checks": definition["checks"],
            "measures": definition["measures"],
            "owner": self.is_owner,
            "may_start": self.may_start,
            "page_of_run": self.is_page_of_run,
            "learner": self.learner.pk if self.learner else "",
            "rig": self.rig,
            "run": str(shown.pk) if shown else None,
            "run_files": {} if self.is_page_of_run or shown is None else self._files_of(shown),
            "runs": [summary(run) for run in self.runs],
            "urls": {
                "start": reverse("labs:lab", args=[self.lab.slug]) + "runs/",
                "api_start": f"/api/labs/{self.lab.slug}/runs/",
                "api_runs": "/api/runs/",
                "runs": "/runs/",
                "lab": reverse("labs:lab", args=[self.lab.slug]),
                "recording": reverse("labs:recording", args=[self.lab.slug]),
            },
        }

    @property
    def _asked(self) -> Run | None:
        """The run that `?from=` names, to go on from: one of this learner's newest."""
        return next((run for run in self.runs if str(run.pk) == self.request.GET.get("from")), None)

    def _files_of(self, run: Run) -> dict[str, str]:
        """What the learner's last run changed, where the bench still has these files."""
        return {name: text for name, text in run.files.items() if name in self.revision.definition["editable"]}

    def context(self) -> dict[str, Any]:
        return {
            "bench": self,
            "lab": self.lab,
            "definition": self.revision.definition,
            "data": self.data(),
            "words": bench_words(),
        }

"""The view-model of a bench's page: what templates and scripts show of one lab, or of one run, to one person.

The solution's text is never in it.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.db.models import BigAutoField, UUIDField
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.guests.guest_cookie import learner_of
from accounts.models import User
from accounts.pages.prepared_reads import Given, PreparedRead
from labs.bench import script_data
from labs.bench.sandbox_state import sandbox_state
from labs.catalog.kept_verdicts import Verdicts, verdicts_of
from labs.models import Lab, LabRevision, Run
from labs.models.querysets import ENDED
from labs.runs.starting import may_start
from sandbox.protocol import Outcome

NEWEST = 12
"""Runs that a bench lists."""
_RUNS = PreparedRead(
    lambda: (
        Run.objects.filter(learner=Given("learner", BigAutoField()), lab=Given("lab", BigAutoField()))
        .order_by("-queued_at")
        .values_list("pk", "state", "outcome", "queued_at")[:NEWEST]
    )
)
_FILES = PreparedRead(lambda: Run.objects.filter(pk=Given("run", UUIDField())).values_list("files"))


class BenchPage:
    """One page: the lab to work at, or one run of it.

    A page of a lab reads `revision.definition` only where nothing is cached yet, because it is the longest
    column of the site and most of the time of a page went into parsing it.
    """

    def __init__(self, request: HttpRequest, lab: Lab, revision: LabRevision, run: Run | None = None) -> None:
        self.request, self.lab, self.revision, self.run = request, lab, revision, run
        self.learner: User | None = learner_of(request)
        self.is_owner = run is None or (self.learner is not None and run.learner_id == self.learner.pk)
        self.sandbox = sandbox_state()
        self.form_key = str(uuid4())
        self.typed: dict[str, str] | None = None
        """Texts of files that were typed into a form that was refused."""
        self.typed_prediction = ""
        """The number that was predicted in a form that was refused, as it was typed."""

    @cached_property
    def runs(self) -> list[dict[str, Any]]:
        """The learner's newest runs of this lab: `pk`, `state`, `outcome`, `queued_at` and `verdicts`."""
        if self.learner is None:
            return []
        rows = _RUNS.rows(learner=self.learner.pk, lab=self.lab.pk)
        ended = verdicts_of(pk for pk, state, *_ in rows if state == ENDED)
        names = ("pk", "state", "outcome", "queued_at")
        return [
            {**dict(zip(names, row, strict=True)), "verdicts": ended.get(row[0], Verdicts(frozenset(), 0))}
            for row in rows
        ]

    @property
    def title(self) -> str:
        """The title at the time of the run, or the current one."""
        return str(self.revision.definition["title"]) if self.run else self.lab.title

    @property
    def is_page_of_run(self) -> bool:
        return self.run is not None

    @property
    def is_live_of_owner(self) -> bool:
        """Is this the page of a run that the viewer may stop?"""
        return self.run is not None and self.is_owner and not self.run.has_ended

    @property
    def has_controls(self) -> bool:
        """Pages of a lab, and of a live run of one's own, have buttons that act on processes."""
        return self.run is None or self.is_live_of_owner

    @cached_property
    def may_start(self) -> bool:
        return may_start(self.learner)

    @property
    def needs_account(self) -> bool:
        """Could the viewer start runs here after a sign-up?"""
        return not self.may_start and self.sandbox["state"] not in ("off", "recording")

    @property
    def has_passed(self) -> bool:
        return any(run["outcome"] == Outcome.PASSED for run in self.runs)

    @cached_property
    def lab_version(self) -> str:
        """A digest of everything in the lab that the panes show."""
        shown = (self.lab.slug, self.lab.title, self.lab.brief, self.lab.hints, self.revision.digest)
        return hashlib.sha256(repr(shown).encode()).hexdigest()

    same_for_all: tuple[Any, ...] = ()
    """The key of what is in every page of a bench, such as its style sheets."""

    @property
    def head_key(self) -> tuple[Any, ...] | None:
        """All that the head of the page depends on; None for a run, whose head links to it."""
        shows_recording = self.sandbox["state"] == "recording"
        return None if self.run else (self.lab_version, self.may_start, shows_recording)

    @property
    def code_key(self) -> tuple[Any, ...] | None:
        """All that the code pane depends on; None where it shows somebody's own files."""
        return None if self.run or self.typed is not None else (self.lab_version, self.has_passed)

    @property
    def trace_key(self) -> tuple[Any, ...]:
        """All that the trace pane depends on."""
        shows_recording = self.sandbox["state"] in ("recording", "off")
        return (self.lab_version, self.is_page_of_run, self.has_controls, shows_recording)

    @property
    def inspector_key(self) -> tuple[Any, ...]:
        """All that the inspector depends on."""
        return (self.lab_version, self.is_page_of_run, self.is_owner)

    @property
    def files(self) -> list[dict[str, Any]]:
        """Each file to show."""
        return script_data.files(self.revision, self.run)

    @property
    def knobs(self) -> list[dict[str, Any]]:
        """Each knob with the value to show."""
        return script_data.knobs(self.revision, self.run)

    @property
    def commands(self) -> list[dict[str, str]]:
        """One entry for each button."""
        return script_data.commands(self.revision)

    @property
    def command_groups(self) -> list[dict[str, Any]]:
        """The commands by action: `action` and `targets`."""
        return script_data.command_groups(self.revision)

    @cached_property
    def from_run(self) -> Run | None:
        """The run that `?from=` names, whose files and knobs the page of its lab opens with. Whoever has the
        address of a run may read its files, so it may be somebody else's.
        """
        if self.run is not None:
            return None
        try:
            asked_for = UUID(self.request.GET.get("from", ""))
        except ValueError:
            return None
        found: Run | None = Run.objects.filter(pk=asked_for, lab=self.lab).first()
        return found

    def personal_data(self) -> dict[str, Any]:
        """What the scripts need to know of this viewer and of this moment."""
        shown = self._shown_run
        return {
            "owner": self.is_owner,
            "may_start": self.may_start,
            "learner": self.learner.pk if self.learner else "",
            "sandbox": self.sandbox,
            "run": str(shown) if shown else None,
            "from": str(self.from_run.pk) if self.from_run else None,
            "from_knobs": self.from_run.knobs if self.from_run else {},
            "from_at": self.from_run.queued_at.isoformat() if self.from_run else None,
            "from_own": bool(self.from_run and self.learner and self.from_run.learner_id == self.learner.pk),
            "run_files": self._run_files(shown),
            "runs": [script_data.summary(run) for run in self.runs],
        }

    def data(self) -> dict[str, Any]:
        """Everything that the scripts read from the page."""
        return {**script_data.lab_data(self.lab.slug, self.revision, self.run), **self.personal_data()}

    def data_script(self) -> SafeString:
        """`data` as a `<script>`, of which the part of the lab is dumped once for each revision."""
        return script_data.script(self.lab.slug, self.revision, self.run, self.personal_data())

    @property
    def _shown_run(self) -> Any:
        """The id of the run whose trace is shown first: the one of this page, else the one of the learner's
        newest that `?from=` names, else the newest.
        """
        if self.run:
            return self.run.pk
        ids = [run["pk"] for run in self.runs]
        asked_for = [pk for pk in ids if str(pk) == self.request.GET.get("from")]
        return next(iter(asked_for or ids), None)

    def _run_files(self, shown: Any) -> dict[str, str]:
        """What the run to start from changed, in files that the lab still lets learners edit."""
        if self.run or not (self.from_run or shown):
            return {}
        changed: dict[str, str] = (
            self.from_run.files if self.from_run else (_FILES.row(run=shown) or ({},))[0]
        )
        editable = script_data.lab_json(self.lab.slug, self.revision).editable
        return {name: text for name, text in changed.items() if name in editable}

"""The JSON that a bench's page hands to its scripts. What depends only on a revision is dumped once."""

from __future__ import annotations

import functools
import json
from typing import Any, NamedTuple
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from labs.models import LabRevision, Run
from sandbox.process_kinds import PROCESS_KINDS, Broker, Place

MOST_KEPT = 256
"""Revisions whose JSON one process keeps; each takes some 20 KiB."""
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
"""What must not be in a `<script>` as it is."""
ANY_RUN = UUID(int=0)


class LabJson(NamedTuple):
    """The lab's part of the script, and the names of the files that learners may edit."""

    text: str
    editable: frozenset[str]


_kept: dict[tuple[str, str], LabJson] = {}


def script(slug: str, revision: LabRevision, run: Run | None, personal: dict[str, Any]) -> SafeString:
    """The `<script>` with the lab's data and the viewer's."""
    own = as_script_json(personal)
    # Both are JSON objects that are not empty, so their members are joined as text.
    shared = as_script_json(lab_data(slug, revision, run)) if run else lab_json(slug, revision).text
    return json_script("bench-data", f"{shared[:-1]}, {own[1:]}")


def json_script(element: str, escaped: str) -> SafeString:
    """JSON that `as_script_json` made, as an element of this id."""
    return mark_safe(  # noqa: S308 - the caller has escaped it
        f'<script id="{element}" type="application/json">{escaped}</script>'
    )


def as_script_json(value: Any) -> str:
    """JSON that is safe inside a `<script>`."""
    return json.dumps(value, cls=DjangoJSONEncoder).translate(ESCAPES)


def lab_json(slug: str, revision: LabRevision) -> LabJson:
    """The JSON of a page of a lab, made once for each revision: a revision is never changed."""
    key = (slug, revision.digest)
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        text = as_script_json(lab_data(slug, revision, None))
        _kept[key] = LabJson(text, frozenset(revision.definition["editable"]))
    return _kept[key]


def lab_data(slug: str, revision: LabRevision, run: Run | None) -> dict[str, Any]:
    """What a page shows of a lab to everybody, or of a run: then with the run's own files and knobs."""
    definition = revision.definition
    address = reverse("labs:lab", args=[slug])
    return {
        "slug": slug,
        "title": definition["title"],
        "revision": revision.digest[:12],
        "budget": definition["budget"],
        "wall": definition["limits"]["wall"],
        "lanes": lanes_of(revision),
        "files": files(revision, run),
        "knobs": knobs(revision, run),
        "commands": commands(revision),
        "checks": definition["checks"],
        "measures": definition["measures"],
        "page_of_run": run is not None,
        "urls": {
            "start": f"{address}runs/",
            "api_start": f"/api/labs/{slug}/runs/",
            "api_runs": "/api/runs/",
            "runs": "/runs/",
            "lab": address,
            "read_prediction": reverse("labs:read_prediction", args=[slug]),
            "solution": reverse("labs:solution", args=[slug]),
            "next": reverse("courseware:after-lab", args=[slug]),
            "predictions": reverse("courseware:lab-predictions", args=[slug]),
            "recording": reverse("labs:recording", args=[slug]),
        },
    }


def files(revision: LabRevision, run: Run | None) -> list[dict[str, Any]]:
    """Each file to show: `text` as the run had it, or the starter's. `starter` is the starter's text where
    the run changed it, else None.
    """
    changed = run.files if run else {}
    editable = revision.definition["editable"]
    return [
        {
            "name": name,
            "text": changed.get(name, text),
            "starter": text if name in changed else None,
            "editable": name in editable and run is None,
            "changed": name in changed,
        }
        for name, text in revision.files.items()
    ]


def knobs(revision: LabRevision, run: Run | None) -> list[dict[str, Any]]:
    """Each knob with the run's value, or the default."""
    values = {**revision.default_knobs(), **(run.knobs if run else {})}
    return [{**knob, "value": values[knob["name"]]} for knob in revision.definition["knobs"]]


def commands(revision: LabRevision) -> list[dict[str, str]]:
    """One entry for each pair of an action and a lane that it may be given to."""
    found = revision.definition["commands"]
    return [{"action": c["action"], "target": target} for c in found for target in c["targets"]]


def command_groups(revision: LabRevision) -> list[dict[str, Any]]:
    """One entry for each action: `action`, and the `targets` that it may be given to."""
    groups: dict[str, list[str]] = {}
    for command in commands(revision):
        groups.setdefault(command["action"], []).append(command["target"])
    return [{"action": action, "targets": targets} for action, targets in groups.items()]


def lanes_of(revision: LabRevision) -> list[str]:
    """Lanes from top to bottom: senders, the broker, workers, and what they call."""
    lanes: dict[Place, list[str]] = {place: [] for place in Place}
    has_broker = False
    for process in revision.definition["processes"]:
        # An older revision may name a kind that the table no longer has.
        kind = PROCESS_KINDS.get(process["kind"])
        lanes[kind.place if kind else Place.MIDDLE].append(process["lane"])
        has_broker = has_broker or (kind is not None and kind.broker is not Broker.NONE)
    broker = ["broker"] if has_broker else []
    return [*lanes[Place.FIRST], *broker, *lanes[Place.MIDDLE], *lanes[Place.LAST]]


def summary(run: dict[str, Any]) -> dict[str, Any]:
    """One run in a list; `run` has `pk`, `state`, `outcome`, `queued_at` and `verdicts`."""
    return {
        "id": str(run["pk"]),
        "url": _address_of_any_run().replace(str(ANY_RUN), str(run["pk"])),
        "status": run["state"],
        "outcome": run["outcome"],
        "at": run["queued_at"].isoformat(),
        "passed": len(run["verdicts"].passed),
        "of": run["verdicts"].of,
    }


@functools.cache
def _address_of_any_run() -> str:
    """Reversing the address of each of twelve runs would take longer than finding them."""
    return reverse("labs:run", args=[ANY_RUN])

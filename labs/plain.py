"""The bench without JavaScript: a form that starts a run, and a run as a table that reloads itself."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from labs import stream, submission
from labs.models import LabRevision, Run, RunTrace
from labs.valkey import Unreachable
from labs.words import EVENTS
from sandbox.protocol import Event

FILE, KNOB = "file:", "knob:"
LONGEST_LINE = 300


def submitted(request: HttpRequest, revision: LabRevision) -> submission.Submission:
    """What the form holds; raises what `submission.read` raises."""
    files = {key.removeprefix(FILE): str(text) for key, text in request.POST.items() if key.startswith(FILE)}
    knobs = {}
    for knob in revision.definition["knobs"]:
        raw = request.POST.get(KNOB + knob["name"])
        if raw is not None or knob["kind"] == "bool":
            knobs[knob["name"]] = knob_value(knob, raw)
    return submission.read(revision, files, knobs, prediction(request.POST.get("measure"), request.POST.get("value")))


def knob_value(knob: dict[str, Any], raw: str | None) -> Any:
    """A form's text as the knob's kind; text that is none stays text, which the lab refuses with a sentence."""
    if knob["kind"] == "bool":
        return raw == "on"
    if knob["kind"] == "choice":
        return next((choice for choice in knob["choices"] if str(choice) == raw), raw)
    try:
        return int(raw or "") if knob["kind"] == "int" else float(raw or "")
    except ValueError:
        return raw


def prediction(measure: str | None, value: str | None) -> dict[str, Any] | None:
    """A predicted measure; None where nothing, or no number, was written."""
    try:
        return {"measure": measure, "value": float((value or "").replace(",", "."))} if measure and value else None
    except ValueError:
        return None


def trace_lines(run: Run) -> list[str]:
    """The trace so far; empty where it is not kept any more or the live stream cannot be read."""
    if run.has_ended:
        kept = RunTrace.objects.filter(run=run).first()
        return kept.lines if kept else []
    try:
        return stream.lines(stream.read(run.pk))
    except Unreachable:
        return []


def rows(lines: list[str]) -> list[dict[str, Any]]:
    """One row an event: the event, its word, what it says; and why it is not counted, where the bench does not believe it."""
    found = []
    for line in lines:
        event = Event.from_json(json.loads(line))
        forged, data = event.data.get("forged"), {**event.data, "forged": None}
        said = ", ".join(f"{key} {value}" for key, value in data.items() if value not in (None, "", {}))
        word = EVENTS.get(f"kind.{event.kind}")
        found.append({"event": event, "word": word or event.kind, "rest": said[:LONGEST_LINE], "forged": forged})
    return found


def why_not(error: Exception) -> list[str]:
    """Sentences for a form that was refused."""
    if isinstance(error, submission.Refused):
        return [f"{where}: {what}" for where, what in error.errors]
    if isinstance(error, submission.TooLarge):
        return [_("Your files are larger than 1 MiB together.")]
    return [str(error)]

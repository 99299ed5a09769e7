"""The bench without JavaScript: a form that starts a run, and a run as a table that reloads."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import QueryDict

from labs.bench import predictions
from labs.bench.words import word
from labs.live import stream
from labs.models import LabRevision, Run, RunTrace
from labs.runs.refusals import PredictionUnreadable
from labs.runs.starting import StartRequest
from labs.valkey import Unreachable
from sandbox.protocol import Event, Kind

FILE, KNOB = "file:", "knob:"
LONGEST_LINE = 300
NOTICEABLE = 0.05
"""Seconds of lateness from which the supervisor reports while a run lasts, as in trace/lateness.js."""


def files_of(form: QueryDict) -> dict[str, str]:
    """The texts of files in a posted form, by file name."""
    return {key.removeprefix(FILE): str(text) for key, text in form.items() if key.startswith(FILE)}


def start_request(form: QueryDict, revision: LabRevision) -> StartRequest:
    """What a posted form asks for, before the lab checks any of it. Raises `PredictionUnreadable`."""
    knobs = {}
    for knob in revision.definition["knobs"]:
        raw = form.get(KNOB + knob["name"])
        if raw is not None or knob["kind"] == "bool":
            knobs[knob["name"]] = knob_value(knob, raw)
    predicted = prediction(revision, form.get("measure"), form.get("value"))
    return StartRequest(files_of(form), knobs, predicted, key_of(form))


def key_of(form: QueryDict) -> str | None:
    """The page's key with a digest of the form, as the idempotency key.

    A double click sends the same form twice and starts one run. The Back button brings back a page with the
    same key; once its form is edited, it starts another run.
    """
    key = form.get("key")
    if not key:
        return key
    content = sorted((name, text) for name, text in form.items() if name.startswith((FILE, KNOB)))
    return f"{key}.{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]}"


def knob_value(knob: dict[str, Any], raw: str | None) -> Any:
    """A form's text as a value of the knob's kind. Other text stays text, and the lab refuses it."""
    if knob["kind"] == "bool":
        return raw == "on"
    if knob["kind"] == "choice":
        return next((choice for choice in knob["choices"] if str(choice) == raw), raw)
    try:
        return int(raw or "") if knob["kind"] == "int" else float(raw or "")
    except ValueError:
        return raw


def prediction(revision: LabRevision, measure: str | None, value: str | None) -> dict[str, Any] | None:
    """A predicted measure, in the measure's unit; None if nothing was predicted. Raises
    `PredictionUnreadable` with a sentence if what was typed is not one clear number.
    """
    known = predictions.measure_named(revision, measure)
    if known is None or not (value or "").strip():
        return None
    try:
        number, _ = predictions.understood(value or "", known["unit"])
    except predictions.UnreadableNumber as error:
        raise PredictionUnreadable(str(error)) from None
    return {"measure": known["id"], "value": number}


def trace_lines(run: Run) -> list[str]:
    """The trace so far; empty if it was deleted or if the live stream cannot be read."""
    if run.has_ended:
        kept = RunTrace.objects.filter(run=run).first()
        return kept.lines if kept else []
    try:
        return stream.trace_lines(stream.read_events(run.pk))
    except Unreachable:
        return []


def rows(lines: list[str]) -> list[dict[str, Any]]:
    """One row for each event: the event, its name in words, its data, and, if no check counts it because it
    may be forged, the reason.
    """
    found = []
    for line in lines:
        event = Event.from_json(json.loads(line))
        forged, data = event.data.get("forged"), {**event.data, "forged": None}
        name, details = _in_words(event.kind, data)
        found.append({"event": event, "word": name, "rest": details[:LONGEST_LINE], "forged": forged})
    return found


def _in_words(kind: str, data: dict[str, Any]) -> tuple[str, str]:
    """The name of the event, and its data. How late the machine was is said as the timeline says it."""
    busy = data if kind == Kind.LATENESS else data.pop("lateness", None)
    late = busy.get("worst") if isinstance(busy, dict) else None
    is_late = isinstance(late, int | float) and late >= NOTICEABLE
    key = "kind.on-time" if kind == Kind.LATENESS and not is_late else f"kind.{kind}"
    shown = {} if kind == Kind.LATENESS else data
    pairs = [f"{name} {value}" for name, value in shown.items() if value not in (None, "", {})]
    if is_late:
        pairs.append(word("late.upto", "").format(worst=f"{late:.2f}"))
    return word(key, kind), ", ".join(pairs)

"""What a learner submits with a run: files, knobs and a prediction, checked against the lab's revision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from labs.catalog.lab_toml import knob_refuses
from labs.models import LabRevision
from labs.runs.refusals import FilesTooLarge, SubmissionRefused
from sandbox.protocol import FILES_LIMIT, files_size

PREDICTION_LIMIT = 16 << 10
MOST_ERRORS, LONGEST_WHERE = 20, 100
"""A refusal names this many errors, with this many characters of a name that was sent."""


@dataclass(frozen=True)
class Submission:
    """`files` holds only what differs from the starter, `knobs` a value for every knob."""

    files: dict[str, str]
    knobs: dict[str, Any]
    prediction: Any = None


def read(
    revision: LabRevision, files: dict[str, str], knobs: dict[str, Any], prediction: Any = None
) -> Submission:
    """Check files, knobs and prediction. Raises `SubmissionRefused` with every error, or `FilesTooLarge`."""
    errors = [*_file_errors(revision, files), *_knob_errors(revision, knobs), *_prediction_errors(prediction)]
    if errors:
        raise SubmissionRefused([(where[:LONGEST_WHERE], what) for where, what in errors[:MOST_ERRORS]])
    starter = revision.definition["files"]
    texts = {name: text.replace("\r\n", "\n") for name, text in files.items()}
    if files_size({**starter, **texts}) > FILES_LIMIT:
        raise FilesTooLarge(
            _(
                "Your files are larger than 1 MiB together. A line break, a quote and a backslash count as "
                "2 bytes, other control characters as 6."
            )
        )
    changed = {name: text for name, text in texts.items() if text != starter[name]}
    return Submission(changed, {**revision.default_knobs(), **knobs}, prediction)


def _file_errors(revision: LabRevision, files: dict[str, str]) -> list[tuple[str, str]]:
    editable = revision.definition["editable"]
    errors = []
    for name, text in files.items():
        if name not in revision.definition["files"]:
            what = _("this lab has no such file; it has %(names)s") % {"names": ", ".join(editable)}
        elif name not in editable:
            what = _("this file is read-only; %(names)s may be changed") % {"names": ", ".join(editable)}
        elif not _is_text(text):
            what = _("this is not text: it contains a NUL or half of a surrogate pair")
        else:
            continue
        errors.append((f"files.{name}", what))
    return errors


def _knob_errors(revision: LabRevision, knobs: dict[str, Any]) -> list[tuple[str, str]]:
    known = {knob["name"]: knob for knob in revision.definition["knobs"]}
    errors = []
    for name, value in knobs.items():
        if name not in known:
            there = ", ".join(known) or "-"
            errors.append(
                (f"knobs.{name}", _("this lab has no such knob; it has: %(names)s") % {"names": there})
            )
        elif wrong := knob_refuses(known[name], value):
            errors.append((f"knobs.{name}", wrong))
    return errors


def _prediction_errors(prediction: Any) -> list[tuple[str, str]]:
    try:
        text = json.dumps(prediction, allow_nan=False)
    except ValueError:
        return [("prediction", _("NaN and Infinity are not JSON"))]
    if len(text) > PREDICTION_LIMIT:
        return [("prediction", _("this is longer than 16 KiB"))]
    if "\\u0000" in text or ("\\ud" in text and not _is_text(json.dumps(prediction, ensure_ascii=False))):
        return [("prediction", _("this is not text: it contains a NUL or half of a surrogate pair"))]
    return []


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text

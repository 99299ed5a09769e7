"""What a learner sends with a run, checked against the lab's revision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from labs.definition import knob_refuses
from labs.models import LabRevision
from sandbox.protocol import FILES_LIMIT

PREDICTION_LIMIT = 16 << 10


class Refused(Exception):
    """The lab does not take this. `errors` is a list of (where, what), `where` as `files.tasks.py` or `knobs.pages`."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(errors)
        self.errors = errors


class TooLarge(Exception):
    """All files together are larger than a run may carry."""


@dataclass(frozen=True)
class Submission:
    """`files` holds only what differs from the starter, `knobs` a value for every knob."""

    files: dict[str, str]
    knobs: dict[str, Any]
    prediction: Any = None


def read(revision: LabRevision, files: dict[str, str], knobs: dict[str, Any], prediction: Any = None) -> Submission:
    """Check all of it; raises `Refused` with every error, or `TooLarge`."""
    errors = [*_file_errors(revision, files), *_knob_errors(revision, knobs), *_prediction_errors(prediction)]
    if errors:
        raise Refused(errors)
    starter = revision.definition["files"]
    texts = {name: text.replace("\r\n", "\n") for name, text in files.items()}
    if sum(len(text.encode()) for text in {**starter, **texts}.values()) > FILES_LIMIT:
        raise TooLarge
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
            what = _("this is not text: it holds a NUL or half a surrogate pair")
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
            errors.append((f"knobs.{name}", _("this lab has no such knob; it has: %(names)s") % {"names": there}))
        elif wrong := knob_refuses(known[name], value):
            errors.append((f"knobs.{name}", wrong))
    return errors


def _prediction_errors(prediction: Any) -> list[tuple[str, str]]:
    try:
        text = json.dumps(prediction, allow_nan=False)
    except ValueError:
        return [("prediction", _("NaN and Infinity are no JSON"))]
    if len(text) > PREDICTION_LIMIT:
        return [("prediction", _("this is longer than 16 KiB"))]
    if "\\u0000" in text or ("\\ud" in text and not _is_text(json.dumps(prediction, ensure_ascii=False))):
        return [("prediction", _("this is not text: it holds a NUL or half a surrogate pair"))]
    return []


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text

"""Small words of the bench's templates."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from django import template

from labs.words import EVENTS, bench_words

register = template.Library()

ICONS = {
    "kill": "i-bolt",
    "terminate": "i-x",
    "quit": "i-x",
    "pause": "i-pause",
    "freeze": "i-pause",
    "resume": "i-play",
    "thaw": "i-play",
    "start": "i-play",
    "restart": "i-reset",
    "outage": "i-warn",
    "clock": "i-clock",
}
SPEEDS = {"1/4": "0.25", "1/2": "0.5"}
FRACTIONS = {"1/4": "¼×", "1/2": "½×"}


@register.filter
def typed_or(typed: Any, file: dict[str, Any]) -> str:
    """What was typed into a form that was refused, else the file's text."""
    return str(typed[file["name"]]) if isinstance(typed, dict) and file["name"] in typed else str(file["text"])


@register.filter
def words_of(text: str) -> list[dict[str, str]]:
    """Speeds of the replay: `{"value", "label"}` each."""
    return [{"value": SPEEDS.get(word, word), "label": FRACTIONS.get(word, f"{word}×")} for word in text.split()]


@register.filter
def action_icon(action: str) -> str:
    """The icon of a command's button."""
    return ICONS.get(action, "i-bolt")


@register.filter
def command_label(command: dict[str, str]) -> str:
    """`kill -9 worker-1`."""
    return f"{EVENTS.get('action.' + command['action'], command['action'])} {command['target']}"


@register.filter
def outcome_words(outcome: str) -> str:
    """An outcome as the bench says it: "passed all checks"."""
    return bench_words().get(f"outcome.{outcome}", outcome)


@register.filter
def state_look(outcome: str) -> str:
    """The glyph of an outcome."""
    return {
        "passed": "succeeded",
        "ran": "succeeded",
        "failed_checks": "failed",
        "cancelled": "revoked",
        "lost": "lost",
    }.get(outcome, "failed" if outcome else "running")


@register.filter
def passed_checks(checks: list[dict[str, Any]]) -> int:
    """How many of a run's checks passed."""
    return sum(check["verdict"] == "passed" for check in checks)


@register.filter
def verdict_words(verdict: str) -> str:
    """A verdict as the bench says it."""
    return bench_words().get(f"check.{verdict}", "-")


@register.filter
def diff_lines(file: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Two texts beside each other, by line, with what differs marked: `texts`, or `starter` and `text`."""
    old, new = (text.splitlines() for text in file.get("texts") or (file["starter"], file["text"]))
    sides: list[list[dict[str, Any]]] = [[], []]
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, lines in zip(sides, (old[a:b], new[c:d]), strict=True):
            side += [{"text": line, "changed": tag != "equal"} for line in lines]
    return sides

"""Tags and filters of the templates of labs."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from labs.bench.event_words import EVENTS
from labs.bench.words import word, words_script

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
MOST_PANES = 512
"""Panes that one process keeps: those of 29 labs in all their variants, of some 10 KiB each."""

_panes: dict[tuple[Any, ...], SafeString] = {}

register.simple_tag(words_script)


@register.simple_tag(takes_context=True)
def pane(context: Context, name: str, key: tuple[Any, ...] | None) -> SafeString:
    """`{% pane "labs/trace.html" page.trace_key %}`: the template, rendered once in this process for each
    language and key. `key` holds all that the template depends on; None renders it each time.
    """
    whole_key = (name, get_language(), key)
    if key is not None and whole_key in _panes:
        return _panes[whole_key]
    assert context.template is not None  # a tag is rendered by a template
    found = context.template.engine.get_template(name).render(context)
    if key is not None and not settings.DEBUG:
        if len(_panes) >= MOST_PANES:
            _panes.clear()
        _panes[whole_key] = found
    return found


@register.filter
def typed_or(typed: Any, file: dict[str, Any]) -> str:
    """What was typed into a form that was refused, else the file's text."""
    return (
        str(typed[file["name"]]) if isinstance(typed, dict) and file["name"] in typed else str(file["text"])
    )


@register.filter
def words_of(text: str) -> list[dict[str, str]]:
    """Speeds of the replay: `{"value", "label"}` each."""
    return [
        {"value": SPEEDS.get(word, word), "label": FRACTIONS.get(word, f"{word}×")} for word in text.split()
    ]


@register.filter
def action_icon(action: str) -> str:
    """The icon of a command's button."""
    return ICONS.get(action, "i-bolt")


@register.filter
def action_label(action: str) -> str:
    """`kill -9`, the first words of a command's button."""
    return str(EVENTS.get(f"action.{action}", action))


@register.filter
def outcome_words(outcome: str) -> str:
    """An outcome as the bench says it: "passed all checks"."""
    return word(f"outcome.{outcome}", outcome)


@register.filter
def state_look(outcome: str) -> str:
    """The glyph of an outcome."""
    return {
        "passed": "succeeded",
        "ran": "succeeded",
        "failed_checks": "failed",
        "cancelled": "revoked",
        "lost": "lost",
        "not_judged": "revoked",
    }.get(outcome, "failed" if outcome else "running")


@register.filter
def passed_checks(checks: list[dict[str, Any]]) -> int:
    """How many of a run's checks passed."""
    return sum(check["verdict"] == "passed" for check in checks)


@register.filter
def measured(value: float) -> str:
    """A measured number as the bench shows it: at most two digits after the point, none that is zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@register.filter
def verdict_words(verdict: str) -> str:
    """A verdict as the bench says it."""
    return word(f"check.{verdict}", "-")


@register.filter
def diff_lines(file: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The lines of two texts side by side, with differing lines marked. `file` has `texts`, or `starter` and
    `text`.
    """
    old, new = (text.splitlines() for text in file.get("texts") or (file["starter"], file["text"]))
    sides: list[list[dict[str, Any]]] = [[], []]
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, lines in zip(sides, (old[a:b], new[c:d]), strict=True):
            side += [{"text": line, "changed": tag != "equal"} for line in lines]
    return sides

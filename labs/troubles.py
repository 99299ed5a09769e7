"""What is wrong with the labs, in words, and what to do about it: pure functions of what `labs.vitals` saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.vitals import Queue, Runner, Vitals
from sandbox.protocol import Force

PATIENCE = 30.0
"""Seconds that a run may wait while there is room."""


@dataclass(frozen=True)
class Trouble:
    """`is_severe`: runs do not start, or end without their learner's doing. Else it is only to be known. `details` are names
    with a few words each, where the sentence speaks of several things."""

    sentence: str
    remedy: str
    is_severe: bool = True
    details: tuple[tuple[str, str], ...] = ()


def troubles(seen: Vitals, *, enabled: bool) -> list[Trouble]:
    """The severe ones first."""
    found = [*_switch(enabled), *_parts(seen), *_runners(seen), *_queue(seen.queue, seen.room), *_ends(seen)]
    return sorted(found, key=lambda trouble: not trouble.is_severe)


def summary(found: list[Trouble]) -> str:
    """The first sentence on how the labs are."""
    if severe := sum(trouble.is_severe for trouble in found):
        return ngettext(
            "%(number)d thing keeps runs from starting or ending well.",
            "%(number)d things keep runs from starting or ending well.",
            severe,
        ) % {"number": severe}
    return _("Runs start, and end as they should.")


def _switch(enabled: bool) -> Iterator[Trouble]:
    if not enabled:
        yield Trouble(
            _("New runs are switched off. What waits or runs goes on; the benches show recordings."),
            _("Set LABS_ENABLED=on and restart the web processes, when runs may start again."),
        )


def _parts(seen: Vitals) -> Iterator[Trouble]:
    if seen.valkey != "ok":
        yield Trouble(
            _("Valkey %(words)s. Nothing can be said of the runners, and nobody sees a run live.")
            % {"words": _(seen.valkey)},
            _("Look whether the part valkey runs, and whether REDIS_URL names it. Runs stay in the database."),
        )
    if seen.parts["broker"] != "ok":
        yield Trouble(
            _("The broker %(words)s. Runs start some seconds late: runners look into the queue by themselves.")
            % {"words": _(seen.parts["broker"])},
            _("Look whether the broker runs, and whether CELERY_BROKER_URL names it."),
        )
    if seen.valkey == "ok" and seen.upkeep_age is None:
        yield Trouble(
            _("Beat and worker have not swept the queue in the last minute. Runners do it while they are idle."),
            _("Look whether the parts beat and worker run. Without them nothing old is forgotten at night."),
            is_severe=False,
        )
    if seen.upkeep_is_late:
        yield Trouble(
            _("The nightly upkeep has not run for days: old traces, addresses and entries of the audit log are kept."),
            _("Look whether the parts beat and worker run."),
            is_severe=False,
        )


def _runners(seen: Vitals) -> Iterator[Trouble]:
    if not seen.runners and seen.valkey == "ok":
        yield Trouble(
            _("No runner has sent a heartbeat in the last 8 seconds. Runs wait in the queue for up to 15 minutes."),
            _("Start a runner, a Celery worker on the queue labs, or read its log for why it ends."),
        )
    for runner in seen.runners:
        yield from _warden(runner)
    for host, warden in seen.wardens.items():
        if warden.weak and warden.mode == "jail":
            weak = {name: str(one) if one.force is Force.OFF else one.words for name, one in warden.weak.items()}
            yield Trouble(
                ngettext(
                    "On %(host)s %(number)d protection of the jail is weaker than it could be, or off.",
                    "On %(host)s %(number)d protections of the jail are weaker than they could be, or off.",
                    len(weak),
                )
                % {"host": host, "number": len(weak)},
                _("The table in docs/security.md says what each needs."),
                is_severe=False,
                details=tuple(weak.items()),
            )


def _warden(runner: Runner) -> Iterator[Trouble]:
    if runner.warden is None:
        yield Trouble(
            _("The runner %(name)s does not reach its warden: it takes no runs.") % {"name": runner.name},
            _("Look on its host whether the warden runs, whether WARDEN_SOCKET names its socket, and into its log."),
        )
    elif runner.warden.mode != "jail":
        yield Trouble(
            _("The warden of %(name)s cannot make a jail, it only replays recordings. %(why)s")
            % {"name": runner.name, "why": runner.warden.sentence},
            _("docs/operating.md says how to let it, under “When labs show recordings only”."),
        )
    elif runner.warden.sentence:
        yield Trouble(
            _("The warden of %(name)s says: %(why)s") % {"name": runner.name, "why": runner.warden.sentence},
            _("Read the warden's log on that host."),
        )


def _queue(queue: Queue, room: int) -> Iterator[Trouble]:
    if queue.waiting and room and queue.oldest > PATIENCE:
        yield Trouble(
            _("The oldest run has waited for %(seconds)d s although a runner has room. %(why)s")
            % {"seconds": queue.oldest, "why": queue.refusal},
            _(
                "Look whether the runners have the same course as the site: one that lacks a lab's revision leaves its runs."
            ),
        )
    elif queue.waiting and queue.refusal:
        yield Trouble(
            _("A warden did not take a run that waits: %(why)s") % {"why": queue.refusal},
            _("It is tried again. Read the warden's log if it stays so."),
        )
    if queue.overdue:
        yield Trouble(
            ngettext(
                "%(number)d run has lost its runner, and nobody took it back.",
                "%(number)d runs have lost their runner, and nobody took them back.",
                queue.overdue,
            )
            % {"number": queue.overdue},
            _("Look whether the parts beat and worker run; an idle runner does it, too."),
        )


def _ends(seen: Vitals) -> Iterator[Trouble]:
    last_hour: dict[str, Any] = {row["outcome"]: row["hour"] for row in seen.outcomes}
    if lost := last_hour.get("lost"):
        yield Trouble(
            ngettext(
                "%(number)d run was lost in the last hour: its runner or its warden died twice.",
                "%(number)d runs were lost in the last hour: their runners or wardens died twice.",
                lost,
            )
            % {"number": lost},
            _("Read the logs of runners and wardens around that time; the audit log names the runner of each."),
        )

"""What is wrong with the labs and what to do about it, in words: pure functions of a `StatusSnapshot`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.operations.status_snapshot import Queue, Runner, StatusSnapshot
from sandbox.protocol import Force

PATIENCE = 30.0
"""Seconds that a run may wait although a runner has room."""


@dataclass(frozen=True)
class Finding:
    """Something that operators should know. `is_severe` means that runs do not start, or that they end for
    reasons other than their code. `details` are pairs of a name and a few words about it.
    """

    sentence: str
    remedy: str
    is_severe: bool = True
    details: tuple[tuple[str, str], ...] = ()


def diagnose(seen: StatusSnapshot, *, enabled: bool) -> list[Finding]:
    """All findings, the severe ones first."""
    found = [*_switch(enabled), *_parts(seen), *_runners(seen), *_queue(seen.queue, seen.room), *_ends(seen)]
    return sorted(found, key=lambda finding: not finding.is_severe)


def summary(found: list[Finding]) -> str:
    """The sentence at the top of the page."""
    if severe := sum(finding.is_severe for finding in found):
        return ngettext(
            "%(number)d thing keeps runs from starting or ending well.",
            "%(number)d things keep runs from starting or ending well.",
            severe,
        ) % {"number": severe}
    return _("Runs start and end normally.")


def _switch(enabled: bool) -> Iterator[Finding]:
    if not enabled:
        yield Finding(
            _("New runs are switched off. Queued and running ones go on. Labs show recordings."),
            _("To allow runs again, set LABS_ENABLED=on and restart the web processes."),
        )


def _parts(seen: StatusSnapshot) -> Iterator[Finding]:
    if seen.valkey != "ok":
        yield Finding(
            _("Valkey %(words)s. The state of the runners is unknown, and nobody sees a run live.")
            % {"words": _(seen.valkey)},
            _("Check that Valkey is running and that REDIS_URL is its address. Runs stay in the database."),
        )
    if seen.parts["broker"] != "ok":
        yield Finding(
            _("The broker %(words)s. Runs start a few seconds late, because runners poll the queue.")
            % {"words": _(seen.parts["broker"])},
            _("Check that the broker is running and that CELERY_BROKER_URL is its address."),
        )
    if seen.valkey == "ok" and seen.upkeep_age is None:
        yield Finding(
            _("Beat and worker have not swept the queue in the last minute. Idle runners do it."),
            _("Check that beat and worker are running. Without them, old data is not deleted at night."),
            is_severe=False,
        )
    if seen.upkeep_is_late:
        yield Finding(
            _("The nightly upkeep has not run for days, so old traces and audit entries are still kept."),
            _("Check that beat and worker are running."),
            is_severe=False,
        )


def _runners(seen: StatusSnapshot) -> Iterator[Finding]:
    if not seen.runners and seen.valkey == "ok":
        yield Finding(
            _("No runner has sent a heartbeat in the last 8 seconds. Runs wait for up to 15 minutes."),
            _("Start a runner, which is a Celery worker on the queue labs, or read in its log why it ended."),
        )
    for runner in seen.runners:
        yield from _warden(runner)
    for host, warden in seen.wardens.items():
        if warden.weak and warden.mode == "jail":
            weak = {
                name: str(one) if one.force is Force.OFF else one.words for name, one in warden.weak.items()
            }
            yield Finding(
                ngettext(
                    "On %(host)s %(number)d protection of the jail is weaker than it could be, or off.",
                    "On %(host)s %(number)d protections of the jail are weaker than they could be, or off.",
                    len(weak),
                )
                % {"host": host, "number": len(weak)},
                _("The table in docs/security.md lists what each of them needs."),
                is_severe=False,
                details=tuple(weak.items()),
            )


def _warden(runner: Runner) -> Iterator[Finding]:
    if runner.warden is None:
        yield Finding(
            _("The runner %(name)s does not reach its warden, so it claims no runs.") % {"name": runner.name},
            _("On its host, check that the warden runs and that WARDEN_SOCKET is its socket. Read its log."),
        )
    elif runner.warden.mode != "jail":
        yield Finding(
            _("The warden of %(name)s cannot make a jail and only replays recordings. %(why)s")
            % {"name": runner.name, "why": runner.warden.sentence},
            _("docs/operating.md explains how to allow it, under “When labs show recordings only”."),
        )
    elif runner.warden.sentence:
        yield Finding(
            _("The warden of %(name)s reports: %(why)s")
            % {"name": runner.name, "why": runner.warden.sentence},
            _("Read the warden's log on that host."),
        )


def _queue(queue: Queue, room: int) -> Iterator[Finding]:
    if queue.waiting and room and queue.oldest > PATIENCE:
        yield Finding(
            _("The oldest run has waited for %(seconds)d s although a runner has room. %(why)s")
            % {"seconds": queue.oldest, "why": queue.refusal},
            _("Check that runners have the site's course. A runner leaves runs of unknown revisions."),
        )
    elif queue.waiting and queue.refusal:
        yield Finding(
            _("A warden refused a run that now waits: %(why)s") % {"why": queue.refusal},
            _("Runners try again. Read the warden's log if this finding stays."),
        )
    if queue.overdue:
        yield Finding(
            ngettext(
                "%(number)d run has lost its runner and was not requeued.",
                "%(number)d runs have lost their runners and were not requeued.",
                queue.overdue,
            )
            % {"number": queue.overdue},
            _("Check that beat and worker are running. An idle runner requeues runs, too."),
        )


def _ends(seen: StatusSnapshot) -> Iterator[Finding]:
    last_hour: dict[str, Any] = {row["outcome"]: row["hour"] for row in seen.outcomes}
    if lost := last_hour.get("lost"):
        yield Finding(
            ngettext(
                "%(number)d run was lost in the last hour: its runner or its warden died twice.",
                "%(number)d runs were lost in the last hour: their runners or wardens died twice.",
                lost,
            )
            % {"number": lost},
            _("Read the logs of runners and wardens at that time. The audit log names each run's runner."),
        )

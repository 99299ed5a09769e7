"""Every sentence that the bench's scripts show. They are translated here, and the page carries them.

`{name}` is filled in by the script; `key.one` and `key.other` are chosen by its `n`.
"""

from __future__ import annotations

import functools

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from labs.bench.event_words import EVENTS
from labs.bench.script_data import as_script_json, json_script

STATES: dict[str, Promise] = {
    "state.queued": _("queued"),
    "state.running": _("running"),
    "state.retrying": _("failed, will retry"),
    "state.succeeded": _("succeeded"),
    "state.failed": _("failed"),
    "state.lost": _("lost"),
    "state.redelivered": _("redelivered"),
    "state.revoked": _("revoked"),
    "state.rejected": _("rejected"),
    "state.discarded": _("discarded"),
    "state.ignored": _("ignored"),
    "state.replaced": _("replaced"),
    "state.cancelled": _("cancelled"),
    "state.expired": _("expired"),
    "state.unfinished": _("not finished when the run ended"),
    "execution.request": _("request"),
    "execution.background": _("background function"),
    "execution.call": _("call of"),
    "execution.never": _("never ran"),
    "execution.attempt": _("attempt {count}"),
    "execution.start": _("start {count}"),
    "execution.since": _("since {t} s"),
    "execution.at": _("at {t} s"),
    "execution.fromto": _("from {from} to {to} s"),
    "execution.after": _("then {state} at {t} s"),
    "execution.acked": _("acknowledged at {t} s"),
    "on.loop": _("on the event loop"),
    "on.thread": _("on a thread"),
}

DRAWING: dict[str, Promise] = {
    "lane.depth": _("queue depth"),
    "lane.probe": _("health pings"),
    "lane.calls": _("calls"),
    "lane.gone": _("no process"),
    "depth.waiting": _("{n} waiting"),
    "depth.unacked": _("{n} unacked"),
    "hold.long": _("{task} unacked, invisible {t} s"),
    "probe.worst": _("worst {ms} ms"),
    "lane.late": _("machine"),
    "late.peak": _("machine {worst} s late"),
    "late.upto": _("up to {worst} s late"),
    "late.strip.one": _("The machine was late, by up to {worst} s, from {from} to {to} s."),
    "late.strip.other": _("The machine was late {n} times between {from} and {to} s, by up to {worst} s."),
    "late.run": _("The machine was busy: a timer fired up to {worst} s late, {total} s in all."),
    "late.pressure": _("Something waited for a core {percent}% of the time."),
    "span.paused": _("paused"),
    "span.frozen": _("frozen"),
    "span.outage": _("outage"),
    "span.lock": _("lock {name}"),
    "forged": _("not counted"),
    "forged.note": _("not counted: {what}"),
    "forged.one": _("{n} event may be forged. It is marked “not counted”, and no check uses it."),
    "forged.other": _("{n} events may be forged. They are marked “not counted”, and no check uses them."),
    "dropped.one": _("{n} event was over a limit and is not drawn."),
    "dropped.other": _("{n} events were over a limit and are not drawn."),
}

RUN: dict[str, Promise] = {
    "run.none": _("Not run yet"),
    "run.not-started": _("Not started"),
    "run.posting": _("Sending your code"),
    "run.queued": _("Queued"),
    "run.position": _("Queued, number {n} in line"),
    "run.starting": _("Starting the processes"),
    "run.live": _("Live"),
    "run.behind": _("Live, {ms} ms behind"),
    "run.lost-connection": _("Connection lost, trying again"),
    "run.resumed": _("Connection resumed"),
    "run.hidden": _("Paused while this tab is hidden"),
    "run.stopping": _("Stopping"),
    "run.ending": _("Ended, reading the checks"),
    "run.requeued": _("The runner was lost. The run starts again"),
    "run.alone": _("The machine was too busy to judge this. The site runs it once more, alone"),
    "run.replay": _("Replay of a run that {outcome}"),
    "run.recording": _("A recording of the starter, not your run"),
    "run.no-trace": _("The trace of this run was deleted. Its checks are still here."),
    "run.not-found": _("This run cannot be loaded. Reload the page to try again."),
    "outcome.passed": _("passed all checks"),
    "outcome.failed_checks": _("ended with failed checks"),
    "outcome.ran": _("ran to its end"),
    "outcome.error": _("was stopped by an error"),
    "outcome.timed_out": _("ran out of time"),
    "outcome.over_limit": _("went over a limit"),
    "outcome.cancelled": _("was stopped"),
    "outcome.lost": _("was lost with its runner"),
    "outcome.not_judged": _("could not be judged, because the machine was too busy"),
    "ended.passed": _("Passed all checks"),
    "ended.failed_checks": _("Ended with failed checks"),
    "ended.ran": _("Ran to its end"),
    "ended.error": _("Stopped by an error"),
    "ended.timed_out": _("Out of time after {wall} s"),
    "ended.over_limit": _("Over a limit"),
    "ended.cancelled": _("Stopped"),
    "ended.not_judged": _(
        "Not judged: the machine was too busy, even when nothing else ran beside it. Run it again later."
    ),
    "ended.lost": _("Lost: the runner died twice. Nothing is wrong with your code. Run it again."),
    "refused.422": _("The lab does not accept this: {what}"),
    "refused.413": _("Your files are larger than 1 MiB together. Shorten them and run again."),
    "refused.too-many": _("The server has had too many requests from you."),
    "refused.429": _("{what} Try again in {n} s."),
    "refused.403": _(
        "The server did not accept this. Perhaps you were logged out: reload the page, log in "
        "and run it again. Your code is kept."
    ),
    "refused.409": _("The run accepts no commands now: it is queued or has ended."),
    "refused.other": _("The server could not do this (status {status}). Your code is kept."),
    "refused.late": _("The server has not responded for 20 s. Your code is kept."),
    "refused.offline": _("The server cannot be reached. Your code is kept."),
    "again": _("Try again"),
    "command.hint": _("These buttons work while a run is live."),
    "command.sending": _("{what}: sending"),
    "command.sent": _("{what}: sent"),
    "announce.started": _("The run has started."),
    "announce.killed": _("{what} on {lane}."),
    "announce.redelivered": _("{task} is visible again in the broker."),
    "announce.failed": _("{task} failed on {lane}."),
    "announce.late": _("The machine is busy: a timer fired {worst} s late."),
    "announce.ended": _("The run has ended: {words}. {passed} of {of} checks passed."),
    "announce.ended-plain": _("The run has ended: {words}."),
    "announce.queue": _("Number {n} in line."),
}

PANELS: dict[str, Promise] = {
    "play": _("Play the replay"),
    "pause": _("Pause the replay"),
    "follow": _("Follow"),
    "scrub.text": _("{t} of {end} seconds"),
    "table.none": _("No task has been seen yet."),
    "table.running": _("now"),
    "log.shown.one": _("{n} event"),
    "log.shown.other": _("{n} events"),
    "check.waiting": _("waiting"),
    "check.passed": _("passed"),
    "check.failed": _("failed"),
    "check.not_tested": _("not tested"),
    "check.not_judged": _("not judged"),
    "check.expected": _("Expected"),
    "check.observed": _("Observed"),
    "check.why": _("Why not"),
    "check.show.one": _("Show the event in the trace"),
    "check.show.other": _("Show the {n} events in the trace"),
    "measures.count.one": _("{n} number"),
    "measures.count.other": _("{n} numbers"),
    "trace.tasks.one": _("{n} task"),
    "trace.tasks.other": _("{n} tasks"),
    "trace.starts.one": _("{n} start"),
    "trace.starts.other": _("{n} starts"),
    "error.go": _("Go to {file}, line {line}"),
    "checks.count": _("{n} of {m}"),
    "task.none": _("Nothing is selected. Choose a bar in the trace."),
    "task.id": _("id"),
    "task.start": _("start"),
    "task.where": _("where"),
    "task.time": _("time"),
    "task.took": _("took"),
    "task.sent": _("sent"),
    "task.received": _("received"),
    "task.waited": _("waited"),
    "task.acked": _("acknowledged"),
    "task.result": _("result"),
    "task.process": _("process"),
    "task.never-acked": _("never"),
    "task.not-acked": _("not yet"),
    "task.at": _(", at {t} s"),
    "task.later": _("it starts later, at {from} s"),
    "task.nth": _("{count} of {of}, attempt {attempt}"),
    "task.now": _("{from} to now, s"),
    "task.span": _("{from} to {to} s"),
    "task.all": _("Every start of this task"),
    "predict.you": _("you, {value}"),
    "predict.trace": _("run, {value}"),
    "predict.waiting": _("You predicted {predicted}. The run is not over."),
    "predict.read": _("Read as {said}."),
    "predict.next": _("Locked for the next run: {said}. Press Run."),
    "predict.exact": _("You predicted {predicted}, and that is what the run had."),
    "predict.gap": _("You predicted {predicted}; the run had {found}."),
    "predict.unmeasured": _("You predicted {predicted}. This run did not measure it."),
    "predict.bad": _("Type a number first, such as 3.5."),
    "predict.label": _("{title}: you predicted {you} {unit}; the run had {trace} {unit}"),
    "predicted.you": _("predicted, {value}"),
    "predicted.waiting": _("The prediction was {predicted}. The run is not over."),
    "predicted.exact": _("The prediction was {predicted}, and that is what the run had."),
    "predicted.gap": _("The prediction was {predicted}; the run had {found}."),
    "predicted.unmeasured": _("The prediction was {predicted}. This run did not measure it."),
    "predicted.label": _("{title}: the prediction was {you} {unit}; the run had {trace} {unit}"),
    "edit.readonly": _("Read only: the code that drives your run"),
    "edit.changed": _("changed"),
    "edit.reset-done": _("{name} is the starter again. Your edit is kept under Earlier."),
    "edit.loaded": _("{name}: loaded an earlier version."),
    "edit.same": _("No difference from the starter."),
    "edit.from-run": _("Run of {at}"),
    "edit.from-shared": _("Shared run of {at}"),
    "from.own": _("The files and knobs of your run of {at} are loaded. What you had typed before is kept."),
    "from.shared": _("The files and knobs of somebody else's run of {at} are loaded."),
    "from.replaced": _(
        "The files and knobs of somebody else's run of {at} are loaded. What you had typed here is kept."
    ),
    "from.back": _("Back to my own"),
    "from.starter": _("Back to the starter"),
    "from.went-back": _("The files and knobs are as before. What you left is kept under Earlier."),
    "edit.from-reset": _("Before a reset, {at}"),
    "edit.from-draft": _("Before loading, {at}"),
    "edit.zone": _("Times are in {zone}."),
    "edit.moved": _(
        "This lab has changed since you edited it. Your edits are kept. Compare them with the new starter."
    ),
    "edit.from-tab": _("From another tab, {at}"),
    "edit.kept": _("Kept in this browser, {at}"),
    "edit.not-kept": _("This browser does not keep your text. Copy it before you leave this page."),
    "two.said": _("{name} was also changed in another tab. Choose which text stays."),
    "two.mine": _("This tab"),
    "two.theirs": _("The other tab"),
    "two.keep": _("Keep mine"),
    "two.take": _("Take theirs"),
    "two.followed": _("{name} was changed in another tab, and this tab now shows that text."),
    "pane.width": _("{n} pixels"),
    "pane.closed": _("closed"),
    "edit.none": _("No earlier versions yet."),
    "copied": _("Link copied"),
    "copy-failed": _("Copy the link by hand: {url}"),
    "filter.all": _("Filter"),
    "filter.some": _("Filter, on"),
    "fold.on": _("Idle time is collapsed"),
    "fold.off": _("Idle time is drawn in full"),
    "view.span": _("{from} to {to} s"),
}


ALL: dict[str, Promise] = {**STATES, **EVENTS, **DRAWING, **RUN, **PANELS}


def bench_words() -> dict[str, str]:
    """All sentences in the language of the request."""
    return {key: str(text) for key, text in ALL.items()}


def word(key: str, default: str) -> str:
    """One sentence in the language of the request."""
    return str(ALL.get(key, default))


def words_script() -> SafeString:
    """All of them as the `<script>` that the bench's scripts read."""
    return _words_script(get_language() or "")


@functools.lru_cache(maxsize=16)
def _words_script(language: str) -> SafeString:
    with override(language or None):
        return json_script("bench-words", as_script_json(bench_words()))

"""What learners do by hand during a run, in the real jail: a driver's story goes on to its end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from authoring.problems import Problems
from labs.catalog import loading
from labs.catalog.local_folder import CHECKS
from labs.runner import reference_runs
from labs.runner.reference_runs import Reference
from labs.runner.warden_client import Connection
from tests.product import Product

pytestmark = [pytest.mark.jail, pytest.mark.timeout(600)]
CONTENT = Path(settings.CONTENT)
LABS = {source.slug: source for source in loading.read(CONTENT, Problems())}
When = Callable[[dict[str, Any]], bool]
PATIENCE = 90
"""Seconds of a run at most, because a busy machine needs longer than the lab's budget."""
Hand = tuple[When, str, str]
"""At the first event for which this is true, the learner gives this command to this target."""


@pytest.fixture(autouse=True)
def warden(product: Product, settings) -> None:
    product.wait_ready()
    settings.WARDEN_SOCKET = product.runtime / "warden.sock"


def up(lane: str) -> When:
    return lambda event: event["kind"] == "lane-up" and event["lane"] == lane


def down(lane: str) -> When:
    return lambda event: event["kind"] == "lane-down" and event["lane"] == lane


def started(name: str) -> When:
    return lambda event: event["kind"] == "task-started" and event.get("name") == name


def called(path: str) -> When:
    return lambda event: event["kind"] == "stub-called" and event["data"]["path"].startswith(path)


def played(monkeypatch: pytest.MonkeyPatch, slug: str, *hands: Hand) -> list[dict[str, Any]]:
    """The events of a run of the solution during which a learner gives these commands, in this order."""
    left = list(hands)

    class Handled(Connection):
        def read(self, timeout: float) -> list[dict[str, Any]]:
            messages = super().read(timeout)
            for fields in (message["event"].fields for message in messages if "event" in message):
                while left and left[0][0](fields):
                    _, action, target = left.pop(0)
                    self.send({"op": "command", "action": action, "target": target})
            # The driver may start the same worker a moment before; the learner is told, and the run goes on.
            return [one for one in messages if "is running already" not in one.get("refused", "")]

    monkeypatch.setattr(reference_runs, "Connection", Handled)
    checks = (CONTENT / "labs" / slug / CHECKS).read_text()
    definition = LABS[slug].definition
    patient = {**definition["limits"], "wall": PATIENCE}
    source = replace(LABS[slug], definition={**definition, "limits": patient})
    found: Reference = reference_runs.perform(source, checks, solved=True)
    assert not left, f"the run never came to {left[0][1]} {left[0][2]}"
    return [json.loads(line) for line in found.lines]


def ended_well(events: list[dict[str, Any]]) -> bool:
    """Did the driver come to its end without an exception?"""
    ends = [one["data"] for one in events if one["kind"] == "lane-down" and one["lane"] == "driver"]
    words = [
        str(one["data"].get("text")) for one in events if one["lane"] == "driver" and one["kind"] == "log"
    ]
    sys.stdout.write("\n".join(words))
    return [end["exit"] for end in ends] == [0] and not any("Deadline" in word for word in words)


def names(events: list[dict[str, Any]], kind: str) -> set[str]:
    return {one["name"] for one in events if one["kind"] == kind}


def test_a_night_goes_on_when_the_reservation_is_killed_by_hand_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hands: list[Hand] = []
    for lane in ("worker-1", "worker-2"):
        hands += [(started("reserve_stock"), "kill", lane)]
    events = played(monkeypatch, "visibility-timeout", *hands)
    assert ended_well(events)
    assert {"export_ledger", "render_invoices", "send_reminder"} <= names(events, "task-sent")


def test_a_night_goes_on_when_workers_are_killed_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: list[Hand] = [
        (up("worker-2"), "kill", "worker-1"),
        (down("worker-1"), "start", "worker-1"),
        (up("worker-1"), "kill", "worker-2"),
        (down("worker-2"), "kill", "worker-1"),
    ]
    events = played(monkeypatch, "visibility-timeout", *hands)
    assert ended_well(events)
    assert {"export_ledger", "render_invoices", "send_reminder"} <= names(events, "task-sent")


def test_three_acts_are_played_when_workers_are_killed_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: list[Hand] = [
        (called("ledger/"), "kill", "worker-1"),
        (down("worker-1"), "kill", "worker-2"),
    ]
    events = played(monkeypatch, "acks-and-crashes", *hands)
    assert ended_well(events)
    assert {"book_sale", "print_label"} <= names(events, "task-started")
    assert len([one for one in events if one["kind"] == "mark" and one["data"].get("text") == "state"]) == 5


def test_three_acts_are_played_when_a_child_is_killed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: list[Hand] = [
        (started("book_sale"), "kill", "worker-1/child"),
        (started("mail_voucher"), "kill", "worker-2"),
        (down("worker-2"), "start", "worker-2"),
    ]
    events = played(monkeypatch, "acks-and-crashes", *hands)
    assert ended_well(events)
    assert "print_label" in names(events, "task-started")


def test_orders_are_placed_when_the_broker_is_frozen_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: list[Hand] = [(called("thanks/"), "freeze", "broker")]
    events = played(monkeypatch, "celery-first-worker", *hands)
    assert ended_well(events)
    assert len([one for one in events if one["kind"] == "mark" and one["data"].get("text") == "answer"]) == 4


def test_a_freeze_that_is_ended_by_hand_is_not_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    def frozen(event: dict[str, Any]) -> bool:
        return event["kind"] == "command" and event["data"]["action"] == "freeze"

    events = played(monkeypatch, "celery-first-worker", (frozen, "thaw", "broker"))
    assert ended_well(events)
    assert events[-1]["data"]["outcome"] != "passed"


def test_sign_ups_go_on_through_outages_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    hands: list[Hand] = [(called("cards/"), "outage", lane) for lane in ("mail", "crm", "stats")]
    events = played(monkeypatch, "slow-request", *hands)
    assert ended_well(events)
    assert len([one for one in events if one["kind"] == "mark" and one["data"].get("text") == "answer"]) == 20


@pytest.mark.parametrize("action", ["kill", "terminate"])
def test_a_deploy_goes_on_when_the_server_is_stopped_by_hand_first(
    monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    def held(event: dict[str, Any]) -> bool:
        return event["kind"] == "stub-received"

    events = played(monkeypatch, "in-process-lifetimes", (held, action, "web"))
    assert ended_well(events)
    assert [one for one in events if one["kind"] == "mark" and one["data"].get("text") == "lost.json"]
    assert events[-1]["data"]["outcome"] != "passed"

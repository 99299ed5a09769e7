"""Calls of the API that tests share."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.models import User
from labs.models import Lab, Run
from labs.tests.conftest import LAB
from labs.tests.factories import make_run
from sandbox.protocol import Outcome, State


def start(client: Client, body: Any = None, **headers: str) -> Any:
    return client.post(f"/api/labs/{LAB}/runs/", json.dumps(body or {}), "application/json", headers=headers)


def act(client: Client, run: Run, action: str = "kill", target: str = "worker-1", **more: Any) -> Any:
    body = {"action": action, "target": target, **more}
    return client.post(f"/api/runs/{run.pk}/commands/", json.dumps(body), "application/json")


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    return body


def in_state(lab: Lab, learner: User, state: State) -> Run:
    run = make_run(lab, learner)
    if state is not State.QUEUED:
        run.claim_for("runner-1")
    if state is State.RUNNING:
        Run.objects.update(state=state)
    if state is State.ENDED:
        run.end(Outcome.RAN, lines=["{}"])
    return run


def with_csrf(browser: Client) -> dict[str, str]:
    """The token of the page's form, as the page's script sends it."""
    page = browser.get(f"/labs/{LAB}/").content.decode()
    return {"X-CSRFToken": page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]}

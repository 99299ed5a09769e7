"""What a stub server answers: pure rules over a list of routes, so that they can be tested without a socket."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request to a stub."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def closes(self) -> bool:
        """Does the caller want the connection closed afterwards?"""
        return self.headers.get("connection", "").lower() == "close"


@dataclass(frozen=True)
class Answer:
    """What goes back after `seconds`; `data` goes into the event."""

    status: int
    seconds: float = 0.0
    body: bytes = b""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def phrase(self) -> str:
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"

    @property
    def headers(self) -> str:
        kind = "Content-Type: application/json\r\n" if self.body else ""
        return kind + ("Retry-After: 1\r\n" if self.status in {429, 503} else "")


class Script:
    """The routes of a stub and what it remembers of earlier calls. `started` is the run's start by the monotonic clock."""

    def __init__(self, options: dict[str, Any], started: float) -> None:
        self._routes: list[dict[str, Any]] = list(options.get("routes") or [{"path": "**"}])
        self._outages = [(float(begin), float(end)) for begin, end in options.get("outages") or []]
        self._outage_status = int(options.get("outage_status") or 503)
        self._limit: dict[str, Any] | None = options.get("limit")
        self._started = started
        self._calls: Counter[int] = Counter()
        self._recent: deque[float] = deque()
        self._answers: dict[str, Answer] = {}
        self._is_out = False
        self._random = random.Random(started)  # noqa: S311 (a pace, not a secret)

    def toggle_outage(self) -> None:
        """The command `outage`: the first begins one, the next ends it."""
        self._is_out = not self._is_out

    def answer(self, call: Call, now: float | None = None) -> Answer:
        """Decide about a call at the monotonic time `now`."""
        now = time.monotonic() if now is None else now
        if self._is_out or any(begin <= now - self._started < end for begin, end in self._outages):
            return Answer(self._outage_status, data={"outage": True})
        if refused := self._over_limit(now):
            return refused
        for index, route in enumerate(self._routes):
            if fits(str(route.get("path", "**")), call.path) and route.get("method", call.method) == call.method:
                return self._by_route(index, route, call)
        return Answer(404)

    def _over_limit(self, now: float) -> Answer | None:
        if not self._limit:
            return None
        while self._recent and now - self._recent[0] >= float(self._limit.get("seconds", 1.0)):
            self._recent.popleft()
        if len(self._recent) >= int(self._limit["calls"]):
            return Answer(int(self._limit.get("status", 429)), data={"limited": True})
        self._recent.append(now)
        return None

    def _by_route(self, index: int, route: dict[str, Any], call: Call) -> Answer:
        seconds = route.get("seconds", 0.0)
        waits = self._random.uniform(*seconds) if isinstance(seconds, list) else float(seconds)
        key = call.headers.get("idempotency-key", "")[:100]
        kept = self._kept(route, call, key)
        if route.get("idempotent") and key and (earlier := self._answers.get(f"{call.path} {key}")):
            return Answer(earlier.status, waits, earlier.body, {**kept, "replayed": True})
        self._calls[index] += 1
        if self._calls[index] in (route.get("fail") or []):
            return Answer(int(route.get("fail_status", 503)), waits, data={**kept, "failed": True})
        body = json.dumps(route["json"]).encode() if "json" in route else b""
        answer = Answer(int(route.get("status", 200 if body else 204)), waits, body, kept)
        if route.get("idempotent") and key and len(self._answers) < 10_000:
            self._answers[f"{call.path} {key}"] = answer
        return answer

    def _kept(self, route: dict[str, Any], call: Call, key: str) -> dict[str, Any]:
        data: dict[str, Any] = {"key": key} if key else {}
        if wanted := route.get("keep"):
            try:
                body = json.loads(call.body or b"{}")
            except (ValueError, RecursionError):
                return data
            if isinstance(body, dict):
                data |= {name: body[name] for name in wanted if name in body}
        return data


def fits(pattern: str, path: str) -> bool:
    """`ledger/*/*` fits `ledger/3/4`; `**` at the end fits whatever follows."""
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        given = given[: len(wanted)] if len(given) >= len(wanted) else given
    return len(wanted) == len(given) and all(one in ("*", other) for one, other in zip(wanted, given, strict=True))

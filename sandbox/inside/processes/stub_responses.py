"""What a stub server responds: rules over a list of routes, without a socket."""

from __future__ import annotations

import json
import random
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

MOST_REMEMBERED = 10_000
"""Responses that are kept for their Idempotency-Key."""


@dataclass(frozen=True)
class StubRequest:
    """One HTTP request to a stub; `headers` by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def closes(self) -> bool:
        """Does the caller want the connection closed afterwards?"""
        return self.headers.get("connection", "").lower() == "close"


@dataclass(frozen=True)
class StubResponse:
    """What is sent after `seconds`; `data` goes into the event."""

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


class StubRoutes:
    """The routes of a stub and what they remember of earlier requests. `started` is the run's start by the
    monotonic clock.
    """

    def __init__(self, options: dict[str, Any], started: float) -> None:
        self._routes: list[dict[str, Any]] = list(options.get("routes") or [{"path": "**"}])
        self.outages = [(float(begin), float(end)) for begin, end in options.get("outages") or []]
        self._outage_status = int(options.get("outage_status") or 503)
        self._limit: dict[str, Any] | None = options.get("limit")
        self._started = started
        self._calls: Counter[int] = Counter()
        self._recent: deque[float] = deque()
        self._remembered: dict[str, StubResponse] = {}
        self._is_out = False
        self._random = random.Random(started)  # noqa: S311 (a pace, not a secret)

    def toggle_outage(self) -> None:
        """The command `outage`: the first one begins an outage, the next one ends it."""
        self._is_out = not self._is_out

    def is_out(self, now: float | None = None) -> bool:
        """Is there an outage at the monotonic time `now`?"""
        now = time.monotonic() if now is None else now
        return self._is_out or any(begin <= now - self._started < end for begin, end in self.outages)

    def respond(self, request: StubRequest, now: float | None = None) -> StubResponse:
        """The response to a request that came at the monotonic time `now`."""
        now = time.monotonic() if now is None else now
        if self.is_out(now):
            return StubResponse(self._outage_status, data={"outage": True})
        if refused := self._over_limit(now):
            return refused
        for index, route in enumerate(self._routes):
            method = route.get("method", request.method)
            if path_matches(str(route.get("path", "**")), request.path) and method == request.method:
                return self._by_route(index, route, request)
        return StubResponse(404)

    def _over_limit(self, now: float) -> StubResponse | None:
        if not self._limit:
            return None
        while self._recent and now - self._recent[0] >= float(self._limit.get("seconds", 1.0)):
            self._recent.popleft()
        if len(self._recent) >= int(self._limit["calls"]):
            return StubResponse(int(self._limit.get("status", 429)), data={"limited": True})
        self._recent.append(now)
        return None

    def _by_route(self, index: int, route: dict[str, Any], request: StubRequest) -> StubResponse:
        seconds = route.get("seconds", 0.0)
        waits = self._random.uniform(*seconds) if isinstance(seconds, list) else float(seconds)
        key = request.headers.get("idempotency-key", "")[:100]
        data = self._event_data(route, request, key)
        if route.get("idempotent") and key and (earlier := self._remembered.get(f"{request.path} {key}")):
            return StubResponse(earlier.status, waits, earlier.body, {**data, "replayed": True})
        self._calls[index] += 1
        if self._calls[index] in (route.get("fail") or []):
            return StubResponse(int(route.get("fail_status", 503)), waits, data={**data, "failed": True})
        parts = _stars(str(route.get("path", "**")), request.path)
        body = _filled(route["json"], parts) if "json" in route else b""
        response = StubResponse(int(route.get("status", 200 if body else 204)), waits, body, data)
        if route.get("idempotent") and key and len(self._remembered) < MOST_REMEMBERED:
            self._remembered[f"{request.path} {key}"] = response
        return response

    def _event_data(self, route: dict[str, Any], request: StubRequest, key: str) -> dict[str, Any]:
        data: dict[str, Any] = {"key": key} if key else {}
        if wanted := route.get("keep"):
            try:
                body = json.loads(request.body or b"{}")
            except (ValueError, RecursionError):
                return data
            if isinstance(body, dict):
                data |= {name: body[name] for name in wanted if name in body}
        return data


def _filled(body: Any, parts: list[str]) -> bytes:
    """The body as JSON. `{1}` in a text is the first of the parts, `{2}` the second."""
    text = json.dumps(body)  # outside of its texts, JSON has no number between braces
    for number, part in enumerate(parts, 1):
        text = text.replace(f"{{{number}}}", json.dumps(part)[1:-1])
    return text.encode()


def _stars(pattern: str, path: str) -> list[str]:
    """What each `*` of a pattern stands for in a path that it matches."""
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    return [other for one, other in zip(wanted, given, strict=False) if one == "*"]


def path_matches(pattern: str, path: str) -> bool:
    """`ledger/*/*` matches `ledger/3/4`; `**` at the end matches whatever follows."""
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if wanted[-1] == "**":
        wanted = wanted[:-1]
        given = given[: len(wanted)] if len(given) >= len(wanted) else given
    return len(wanted) == len(given) and all(
        one in ("*", other) for one, other in zip(wanted, given, strict=True)
    )

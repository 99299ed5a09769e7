"""The bench's scripts on a bare page in real Chromium, without a server: for tests of the timeline and its
measurement.
"""

from __future__ import annotations

import json
import mimetypes
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

from labs.bench.words import bench_words

BASE = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ORIGIN = "http://bench.test"
STYLES = ("css/page", "css/controls", "css/course", "labs/timeline", "labs/labs")
PLACES = {
    "/static/labs/": BASE / "labs/static/labs",
    "/static/vendor/": BASE / "static/vendor",
    "/static/": BASE / "static",
}


def page_of(body: str) -> str:
    icons = "".join(
        re.sub(r"{#.*?#}", "", (BASE / name).read_text())
        for name in ("templates/icons.html", "labs/templates/labs/icons.html")
    )
    words = json.dumps(bench_words())
    links = "".join(f'<link rel="stylesheet" href="/static/{name}.css">' for name in STYLES)
    return (
        '<!doctype html><html lang="en" class="js"><head><meta charset="utf-8"><title>stage</title>'
        f"{links}</head>"
        f'<body>{icons}{body}<script type="application/json" id="bench-words">{words}</script></body></html>'
    )


TIMELINE = (
    '<section class="b-trace"><div class="stage" id="stage" style="height: 600px; width: 1000px">'
    '<svg class="trace" id="timeline"></svg></div></section>'
)


def serve(page: Page, body: str = TIMELINE) -> None:
    """Open the stage: the scripts come from the working copy, everything else is refused."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/":
            route.fulfill(body=page_of(body), content_type="text/html")
            return
        for prefix, folder in PLACES.items():
            file = folder / path.removeprefix(prefix)
            if path.startswith(prefix) and file.is_file():
                route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0] or "text/plain")
                return
        route.abort()

    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def big_trace(events: int, *, seconds: float = 30.0, lanes: int = 4) -> list[dict[str, Any]]:
    """A trace of about `events` events as a busy lab makes it: tasks on several workers, retries, samples,
    calls.
    """
    rng = random.Random(7)
    raw: list[dict[str, Any]] = [{"t": 0.0, "lane": "driver", "kind": "run-started", "data": {}}]
    for lane in range(1, lanes + 1):
        raw.append(
            {
                "t": 0.1 * lane,
                "lane": f"worker-{lane}",
                "kind": "lane-up",
                "data": {"pid": lane, "system": "celery", "version": "5.7.0"},
            }
        )
    tasks = (events - 150) // 5
    for number in range(tasks):
        sent = 0.5 + number * (seconds - 3) / tasks
        took, lane, task = rng.uniform(0.05, 0.9), f"worker-{rng.randint(1, lanes)}", f"{number:08x}-0000"
        base = {"task": task, "name": rng.choice(["charge", "mail", "resize"]), "attempt": 1}
        ending = rng.choices(["task-succeeded", "task-failed", "task-retried"], [8, 1, 1])[0]
        raw += [
            {"t": sent, "lane": "driver", "kind": "task-sent", **base, "data": {}},
            {"t": sent + 0.01, "lane": lane, "kind": "task-received", **base, "data": {}},
            {"t": sent + 0.02, "lane": lane, "kind": "task-started", **base, "data": {"execution": 1}},
            {"t": sent + took, "lane": lane, "kind": "task-acked", **base, "data": {"execution": 1}},
            {"t": sent + took, "lane": lane, "kind": ending, **base, "data": {"execution": 1}},
        ]
    for tenth in range(140):
        raw.append(
            {
                "t": tenth * seconds / 140,
                "lane": "broker",
                "kind": "broker-sample",
                "data": {
                    "depth": {"celery": rng.randint(0, 30)},
                    "unacked": rng.randint(0, 8),
                    "oldest": 0.1,
                },
            }
        )
    raw.sort(key=lambda event: float(event["t"]))
    raw.append({"t": raw[-1]["t"] + 0.1, "lane": "driver", "kind": "run-ended", "data": {"outcome": "ran"}})
    return [{"seq": seq, **event, "t": round(event["t"], 3)} for seq, event in enumerate(raw, 1)]


def recorded(name: str = "starter") -> list[dict[str, Any]]:
    """A run kept for these tests: numbers are asserted, which a new recording of the lab would change."""
    path = Path(__file__).parent / "traces" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def task(seq: int, t: float, lane: str, kind: str, **more: Any) -> dict[str, Any]:
    data = more.pop("data", {})
    return {
        "seq": seq,
        "t": t,
        "lane": lane,
        "kind": kind,
        "task": "a-1",
        "name": "charge",
        "attempt": 1,
        "data": data,
        **more,
    }


def event(seq: int, t: float, lane: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"seq": seq, "t": t, "lane": lane, "kind": kind, "data": data}

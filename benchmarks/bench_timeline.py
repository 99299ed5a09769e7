"""Frames a second of the timeline in Chromium, beside an empty page whose only work is to count frames.

python -m benchmarks.bench_timeline [--events 2000] [--seconds 8] [--rounds 2]
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from playwright.sync_api import Page  # noqa: E402 - the stage's words need Django set up

from config.places import state_folder  # noqa: E402 - sorted with those around it
from labs.tests.pages_in_chromium import big_trace, chromium, serve  # noqa: E402 - it needs Django, too

FRAMES = """
async ({ events, seconds, mode }) => {
  const timings = [];
  let draw = () => {};
  if (mode !== "empty") {
    const { TraceModel } = await import("/static/labs/trace/model.js");
    const { Timeline } = await import("/static/labs/timeline/timeline.js");
    const model = new TraceModel(["driver", "broker"]);
    const timeline = new Timeline(document.getElementById("timeline"), model, {});
    const span = events.at(-1).t;
    if (mode === "replay") {
      model.pushAll(events);
      timeline.layout();
      draw = (share) => timeline.render(share * span);
    } else {
      let next = 0;
      draw = (share) => {
        const t = share * span;
        const before = next;
        while (next < events.length && events[next].t <= t) model.push(events[next++]);
        if (next !== before) timeline.sync();
        timeline.render(t);
      };
    }
    if (mode === "zoomed") { model.pushAll(events); timeline.zoomBy(8); }
  }
  await new Promise((done) => setTimeout(done, 200));
  const began = performance.now();
  let last = 0, work = 0;
  await new Promise((done) => {
    const frame = (now) => {
      const at = performance.now();
      draw(Math.min(1, (at - began) / (seconds * 1000)));
      work += performance.now() - at;
      if (last) timings.push(now - last);
      last = now;
      if (at - began < seconds * 1000) requestAnimationFrame(frame); else done();
    };
    requestAnimationFrame(frame);
  });
  timings.sort((a, b) => a - b);
  return {
    fps: 1000 * timings.length / timings.reduce((sum, t) => sum + t, 0),
    p95: timings[Math.floor(timings.length * 0.95)],
    worst: timings.at(-1),
    script: work / timings.length,
  };
}
"""


def measure(page: Page, mode: str, events: list[dict[str, Any]], seconds: float) -> dict[str, float]:
    """One mode on a fresh page: `fps`, and in ms `p95` and `worst` of a frame, `script` a frame."""
    serve(page)
    return dict(page.evaluate(FRAMES, {"events": events, "seconds": seconds, "mode": mode}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    events = big_trace(options.events)
    found: dict[str, list[dict[str, float]]] = {"empty": [], "replay": [], "live": []}
    with chromium() as browser:
        for _ in range(options.rounds):
            for mode, results in found.items():
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                results.append(measure(page, mode, events, options.seconds))
                page.close()
    best = {mode: max(results, key=lambda result: result["fps"]) for mode, results in found.items()}
    print(f"{len(events)} events at 1440 x 900, {options.seconds:g} s each, best of {options.rounds}")
    print(f"{'':10}{'frames/s':>10}{'p95 ms':>10}{'worst ms':>10}{'script ms':>11}{'of empty':>10}")
    for mode, result in best.items():
        share = result["fps"] / best["empty"]["fps"]
        print(
            f"{mode:10}{result['fps']:10.1f}{result['p95']:10.1f}{result['worst']:10.1f}{result['script']:11.2f}{share:10.0%}"
        )
    folder = state_folder() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timeline.json").write_text(json.dumps({"events": len(events), **best}, indent=1))


if __name__ == "__main__":
    main()

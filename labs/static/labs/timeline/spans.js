// What lasts in a lane: no process, paused, frozen, a lock; and the health pings of a probe.
import { el, setAll, show } from "../elements.js";
import { say } from "../words.js";
import { RANK } from "./label-room.js";

/** @param {Drawing.Timeline} tl */
export function drawDowns(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const down of model.downs.slice(drawn.downs)) {
    drawn.downs += 1;
    const lane = lanes.get(down.lane);
    if (!lane) continue;
    const g = el("g", {}, layers.under), box = { y: lane.y + 1, height: lane.h - 2 };
    const middle = lane.y + Math.max(lane.h * 0.56, lane.top + 32);
    const rects = [
      el("rect", { class: "gone", ...box }, g), el("rect", { fill: `url(#${tl.svg.id}-gone)`, ...box }, g),
    ];
    const plate = el("rect", { class: "gone", y: middle - 11, width: 74, height: 22 }, g);
    const text = el("text", { class: "soft", y: middle + 4, "text-anchor": "middle" }, g, say("lane.gone"));
    stretchy(tl, down, (x, width) => {
      for (const rect of rects) setAll(rect, { x, width });
      setAll(plate, { x: x + width / 2 - 37 });
      setAll(text, { x: x + width / 2 });
      for (const node of [plate, text]) show(node, width > 90 && lane.h > lane.top + 42);
    });
  }
}

/** @param {Drawing.Timeline} tl */
export function drawSpans(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const span of model.spans.slice(drawn.spans)) {
    drawn.spans += 1;
    const lane = lanes.get(span.lane);
    if (!lane) continue;
    const g = el("g", {}, layers.under), isLock = span.kind === "lock", y = lane.y + lane.h - 5;
    const mark = isLock ? el("path", { class: "unack lock" }, g)
      : el("rect", { class: "hush", y: lane.y + 1, height: lane.h - 2, fill: `url(#${tl.svg.id}-gone)` }, g);
    const words = isLock ? say("span.lock", { name: span.name ?? "" }) : say(`span.${span.kind}`);
    const line = isLock ? y - 4 : lane.y + lane.top + 14;
    const text = el("text", { class: isLock ? "soft halo" : "strong halo", y: line }, g, words);
    const begin = tl.x(span.start) + 6;
    const taken = { node: text, x: begin, y: line, text: words, rank: RANK.span, tag: "span" };
    if (!isLock && !tl.room.has(taken)) { taken.y = line + 14; setAll(text, { y: taken.y }); }
    tl.room.claim(taken);
    stretchy(tl, span, (x, width) => {
      setAll(mark, isLock ? { d: `M${x} ${y - 3}v6M${x} ${y}h${width}v-3v6` } : { x, width });
      setAll(text, { x: x + 6 });
      // whether it has room is another question
      text.style.visibility = width > 60 || !isLock ? "" : "hidden";
    });
  }
}

/**
 * Something with an end that may still come: drawn to the end of the plot until then.
 * @param {Drawing.Timeline} tl
 * @param {{ start: number, end: number }} item
 * @param {(x: number, width: number) => void} set
 */
function stretchy(tl, item, set) {
  const update = () => {
    const a = tl.x(item.start);
    set(a, Math.max(0, tl.x(item.end === Infinity ? tl.span : item.end) - a));
    return item.end !== Infinity;
  };
  if (!update()) tl.drawn.stretchy.push(update);
}

const PINGS = /** @type {const} */ ([[0.001, "1 ms"], [0.1, "100 ms"], [10, "10 s"]]);

/**
 * Health pings: a line through p99 on a logarithmic scale from 1 ms to 10 s, a whisker up to the worst.
 * @param {Drawing.Timeline} tl
 */
export function drawProbes(tl) {
  const parent = tl.layers.probe;
  parent.replaceChildren();
  tl.room.forget("probe");
  for (const name of new Set(tl.model.probes.map((probe) => probe.lane))) {
    const lane = tl.lanes.get(name);
    if (lane) pings(tl, lane, tl.model.probes.filter((probe) => probe.lane === name));
  }
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Lane} lane
 * @param {Trace.Probe[]} list
 */
function pings(tl, lane, list) {
  const parent = tl.layers.probe, end = tl.x(tl.span);
  const top = lane.y + lane.top + 8, room = lane.h - lane.top - 16;
  const y = (/** @type {number} */ seconds) => {
    const share = Math.min(1, Math.max(0, Math.log10(Math.max(seconds, 0.001) * 1000) / 4));
    return +(top + room * (1 - share)).toFixed(1);
  };
  for (const [seconds, text] of PINGS) {
    el("path", { class: "grid", d: `M${tl.x(0)} ${y(seconds)}H${end}` }, parent);
    if (tl.compact) continue;
    const node = el("text", { class: "sub m halo", x: tl.x(0) + 3, y: y(seconds) - 2 }, parent, text);
    tl.room.claim({
      node, x: tl.x(0) + 3, y: y(seconds) - 2, text, mono: true, rank: RANK.sample, tag: "probe",
    });
  }
  const good = list.flatMap((p) => (typeof p.p99 === "number" ? [{ ...p, p99: p.p99 }] : []));
  if (!good.length) return;
  el(
    "path",
    {
      class: "whisker",
      d: good.map((p) => `M${tl.x(p.t)} ${y(p.p50 ?? p.p99)}V${y(p.worst ?? p.p99)}`).join(""),
    },
    parent,
  );
  el("path", { class: "pulse", d: `M${good.map((p) => `${tl.x(p.t)} ${y(p.p99)}`).join("L")}` }, parent);
  const worst = good.reduce((a, b) => ((b.worst ?? 0) > (a.worst ?? 0) ? b : a));
  const right = tl.x(worst.t) > end - 120, at = Math.max(top + 8, y(worst.worst ?? 0) + 4);
  const text = say("probe.worst", { ms: Math.round((worst.worst ?? 0) * 1000) });
  const x = tl.x(worst.t) + (right ? -6 : 6), anchor = right ? "end" : "start";
  const node = el("text", { class: "strong halo", x, y: at, "text-anchor": anchor }, parent, text);
  tl.room.claim({ node, x, y: at, text, anchor, rank: RANK.note, tag: "probe" });
}

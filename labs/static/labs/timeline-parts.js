// What stands between the bars: lanes, depth, holds, kills, marks. Each part draws only what is new since its last call,
// so a live trace costs what has arrived and not what is there. `tl` is the Timeline.
import { el, symbol } from "./svg.js";
import { fixed, say, signalName } from "./words.js";

const MOST_HOLDS = 5; // rows of the broker's lane
const CHAR = 6.65; // width of a mono character at 11 px

/** Heights by what a lane holds; the rest of the room goes to the broker and to lanes with bars. */
export function arrange(tl) {
  const { model, H, axis, compact } = tl;
  const top = compact ? 17 : 0;
  const shown = [...model.lanes.values()].filter((lane) => tl.filter.lanes === null || tl.filter.lanes.has(lane.name));
  const has = (list, lane) => list.some((item) => item.lane === lane.name);
  const sized = shown.map((lane) => {
    const broker = lane.name === "broker" || (has(model.spans.filter((s) => s.kind === "frozen"), lane));
    const rows = lane.rows.length, head = has(model.kills, lane) ? 14 : 0;
    if (broker) return { lane, least: 70 + top + tl.holdRows * 15, give: 1.2, broker };
    if (lane.calls) return { lane, least: 24 + top + head + rows * 12, give: 0.15, head };
    if (rows) return { lane, least: 24 + top + head + rows * 19, give: 0.6 + rows * 0.5, head };
    if (has(model.probes, lane)) return { lane, least: 54 + top, give: 0.5, probe: true };
    return { lane, least: 46 + top, give: 0.25 };
  });
  const least = sized.reduce((sum, s) => sum + s.least, 0) || 1;
  const room = Math.max(0, H - axis - 2 - least), gives = sized.reduce((sum, s) => sum + s.give, 0) || 1;
  let y = axis;
  tl.lanes = new Map();
  for (const s of sized) {
    const most = s.lane.rows.length && !s.lane.calls ? 40 + (s.head ?? 0) + s.lane.rows.length * 46 : s.broker ? 190 : 90;
    const h = Math.min(s.least + (room * s.give) / gives, Math.max(most, s.least));
    tl.lanes.set(s.lane.name, { ...s, name: s.lane.name, rows: Math.max(1, s.lane.rows.length), y, h, top });
    y += h;
  }
  return y; // the bottom
}

/** Where a bar of this lane and row lies; a row that came after the last layout borrows the lowest until the next. */
export function place(lane, row) {
  const { rows } = lane, at = Math.min(row, rows - 1), above = lane.top + (lane.head ?? 0);
  if (lane.lane.calls) {
    const pitch = Math.min(14, (lane.h - above - 12) / rows);
    return { y: lane.y + above + 8 + at * pitch, h: Math.max(4, pitch - 3) };
  }
  const pitch = Math.min(41, (lane.h - above - 16) / rows);
  const h = Math.max(5, Math.min(34, pitch - 6));
  const y0 = lane.y + Math.max(above + 9, above + (lane.h - above - rows * pitch) * 0.54);
  return { y: y0 + at * pitch, h };
}

export function patterns(svg) {
  const defs = el("defs", {}, svg);
  const add = (id, size, rotate, cls, d) => {
    const node = el("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${rotate})` }, defs);
    el("path", { class: cls, d }, node);
  };
  add(`${svg.id}-retrying`, 5, 45, "p-retry", "M0 0v5");
  add(`${svg.id}-failed`, 6, 45, "p-fail", "M0 0v6M0 0h6");
  add(`${svg.id}-lost`, 5, 0, "p-lost", "M1 1.5a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0Z");
  add(`${svg.id}-gone`, 7, 45, "p-gone", "M0 0v7");
}

/** Names and rules, which stand still while the plot moves. */
export function furniture(tl, back, front) {
  const { compact, W } = tl;
  for (const lane of tl.lanes.values()) {
    el("path", { class: "lane", d: `M0 ${Math.round(lane.y) + 0.5}H${W}` }, back);
    const y = compact ? lane.y + 14 : lane.y + lane.h / 2, parent = compact ? front : back;
    const name = el("text", { class: "name", x: compact ? 2 : 0, y: compact ? y : y - 2 }, parent, lane.name);
    const sub = subtitle(tl, lane);
    if (sub) el("text", { class: "sub", x: compact ? 8 + name.textContent.length * 7 : 0, y: compact ? y : y + 14 }, parent, sub);
  }
  el("path", { class: "lane", d: `M0 ${Math.round(tl.bottom) + 0.5}H${W}` }, back);
}

function subtitle(tl, lane) {
  if (lane.broker && tl.model.depth.length > 1) return say("lane.depth");
  if (lane.probe) return say("lane.probe");
  if (lane.lane.calls) return say("lane.calls");
  const { system, version } = lane.lane;
  if (!system || system === "stub" || system === "probe" || system === "python") return "";
  return `${system} ${version}`.slice(0, 14);
}

export function ticks(tl, parent) {
  const steps = [[0.01, 5], [0.02, 5], [0.05, 5], [0.1, 5], [0.2, 4], [0.5, 5], [1, 5], [2, 4], [5, 5], [10, 5], [20, 4], [60, 6], [300, 5], [600, 5]];
  const [major, parts] = steps.find(([seconds]) => seconds * tl.pps >= (tl.compact ? 40 : 54)) ?? steps.at(-1);
  const nice = [parts, parts % 2 ? 1 : 2, 1].find((n) => (major / n) * tl.pps >= 22) ?? 1, spacing = major / nice;
  const digits = major < 0.1 ? 2 : major < 1 ? 1 : 0;
  tl.labels = [];
  let thin = "", strong = "";
  const hidden = (t) => tl.scale.gaps.some((gap) => t > gap.from && t < gap.to);
  const count = Math.min(1500, Math.floor(tl.span / spacing + 1e-6));
  for (let i = 0; i <= count; i += 1) {
    const t = i * spacing, x = tl.x(t);
    if (hidden(t)) continue;
    const line = `M${x} ${tl.axis}V${tl.bottom}`;
    if (i % nice === 0) {
      strong += i ? line : "";
      const label = el("text", { class: "m soft", x, y: 14, "text-anchor": i ? "middle" : "start" }, parent, i ? fixed(t, digits) : "0 s");
      label.at = x;
      tl.labels.push(label);
    } else thin += line;
  }
  el("path", { class: "grid", d: thin || "M0 0" }, parent);
  el("path", { class: "grid5", d: `M${tl.x(0)} ${tl.axis}V${tl.bottom}${strong}` }, parent);
}

/** Collapsed stretches: a torn band that says how long it was. */
export function gaps(tl, parent) {
  for (const gap of tl.scale.gaps) {
    const a = tl.x(gap.from), b = tl.x(gap.to), mid = (a + b) / 2;
    el("rect", { class: "tear", x: a, y: tl.axis, width: b - a, height: tl.bottom - tl.axis }, parent);
    let d = "";
    for (const x of [a, b]) { d += `M${x} ${tl.axis}`; for (let y = tl.axis, i = 0; y < tl.bottom; y += 6, i += 1) d += `l${i % 2 ? 3 : -3} 6`; }
    el("path", { class: "torn", d }, parent);
    el("text", { class: "m soft", x: mid, y: tl.axis + 13, "text-anchor": "middle" }, parent, `${fixed(gap.to - gap.from, 1)} s`);
  }
}

/** Queue depth as steps, one above the other by queue; unacknowledged messages as a line. */
export function depth(tl) {
  const lane = [...tl.lanes.values()].find((l) => l.broker);
  const { model } = tl;
  tl.depthLayer.replaceChildren();
  if (!lane || model.depth.length < 2) return;
  const queues = [...model.queues];
  const most = Math.max(4, ...model.depth.map((s) => s.n), ...model.unacked.map((s) => s.n));
  const held = tl.holdRows * 15, bottom = lane.y + lane.h - held - 9, room = bottom - lane.y - lane.top - 14;
  const unit = room / most, end = tl.x(tl.end);
  const steps = (points, value) => {
    let d = `M${tl.x(0)} ${bottom}`, before = 0;
    for (const p of points) { const n = value(p); if (n === before) continue; d += `L${tl.x(p.t)} ${bottom - before * unit}V${bottom - n * unit}`; before = n; }
    return { d, last: before };
  };
  let peakText = null;
  const layers = queues.length > 1 ? queues : [null];
  layers.forEach((queue, i) => {
    const below = (p) => (queue === null ? p.n : layers.slice(0, layers.length - i).reduce((sum, q) => sum + (p.by?.[q] ?? 0), 0));
    const { d, last } = steps(model.depth, below);
    el("path", { class: `step step--${i % 3}`, d: `${d}L${end} ${bottom - last * unit}V${bottom}Z` }, tl.depthLayer);
    const top = model.depth.reduce((a, b) => (below(b) > below(a) ? b : a));
    if (below(top) > 0 && (queue === null || i < 3)) {
      const next = model.depth[model.depth.indexOf(top) + 1];
      const own = queue === null ? top.n : top.by?.[layers[layers.length - 1 - i]] ?? 0;
      peakText = el("text", { x: tl.x(next?.t ?? top.t) + 6, y: bottom - below(top) * unit + 9 }, tl.depthLayer, queue === null ? say("depth.waiting", { n: own }) : `${layers[layers.length - 1 - i]} ${own}`);
    }
  });
  el("path", { class: "floor", d: `M${tl.x(0)} ${bottom}H${end}` }, tl.depthLayer);
  const line = steps(model.unacked, (p) => p.n);
  if (line.d.length > 24) {
    el("path", { class: "unacked", d: `${line.d}L${end} ${bottom - line.last * unit}` }, tl.depthLayer);
    const peak = model.unacked.reduce((a, b) => (b.n > a.n ? b : a));
    const y = bottom - peak.n * unit - 5;
    if (!peakText || Math.abs(y - peakText.getAttribute("y")) > 12) el("text", { class: "soft halo", x: tl.x(peak.t) + 4, y }, tl.depthLayer, say("depth.unacked", { n: peak.n }));
  }
}

/** The message that nobody sees: from its delivery until it is visible again. */
export function holds(tl, parent) {
  const lane = [...tl.lanes.values()].find((l) => l.broker);
  const list = tl.model.holds;
  for (; tl.drawn.holds < list.length; tl.drawn.holds += 1) {
    const hold = list[tl.drawn.holds];
    const row = Math.min(MOST_HOLDS - 1, hold.row ?? 0);
    if (!lane) { hold.y = null; continue; }
    const y = lane.y + lane.h - 8 - (tl.holdRows - 1 - row) * 15;
    const a = tl.x(hold.start), b = tl.x(hold.end);
    hold.y = y;
    const long = say("hold.long", { task: hold.task.short, t: fixed(hold.end - hold.start, 1) }), short = `${hold.task.short} ${fixed(hold.end - hold.start, 1)} s`;
    const text = b - a > long.length * 6 + 12 ? long : b - a > short.length * 6 + 8 ? short : "";
    const half = text ? text.length * 2.95 + 5 : 0, mid = (a + b) / 2;
    el("path", { class: "unack", d: `M${a} ${y - 4}v8M${a} ${y}H${mid - half}M${mid + half} ${y}H${b}M${b} ${y - 4}v8` }, parent);
    if (text) tl.holdTexts.push({ end: hold.end - 0.4 * (hold.end - hold.start), node: el("text", { class: "lost-t", x: mid, y: y + 4, "text-anchor": "middle" }, parent, text) });
  }
}

/** Rows for the holds, so that none lies on another. */
export function holdRows(model) {
  const rows = [];
  for (const hold of model.holds) {
    let row = rows.findIndex((end) => end <= hold.start + 1e-6);
    if (row < 0) row = rows.length;
    rows[row] = hold.end;
    hold.row = row;
  }
  return Math.min(MOST_HOLDS, rows.length);
}

export function downs(tl, parent) {
  const list = tl.model.downs;
  for (; tl.drawn.downs < list.length; tl.drawn.downs += 1) {
    const down = list[tl.drawn.downs], lane = tl.lanes.get(down.lane);
    if (!lane) continue;
    const g = el("g", {}, parent);
    const box = { y: lane.y + 1, height: lane.h - 2 };
    const rects = [el("rect", { class: "gone", ...box }, g), el("rect", { fill: `url(#${tl.svg.id}-gone)`, ...box }, g)];
    const plate = el("rect", { class: "gone", y: lane.y + lane.h * 0.56 - 11, width: 74, height: 22 }, g);
    const text = el("text", { class: "soft", y: lane.y + lane.h * 0.56 + 4, "text-anchor": "middle" }, g, say("lane.gone"));
    stretchy(tl, down, (a, w) => {
      for (const rect of rects) { rect.setAttribute("x", a); rect.setAttribute("width", w); }
      const fits = w > 90;
      plate.setAttribute("x", a + w / 2 - 37); text.setAttribute("x", a + w / 2);
      for (const node of [plate, text]) node.style.display = fits ? "" : "none";
    });
  }
}

export function spans(tl, parent) {
  const list = tl.model.spans;
  for (; tl.drawn.spans < list.length; tl.drawn.spans += 1) {
    const span = list[tl.drawn.spans], lane = tl.lanes.get(span.lane);
    if (!lane) continue;
    const g = el("g", {}, parent);
    const isLock = span.kind === "lock", y = lane.y + lane.h - 5;
    const mark = isLock ? el("path", { class: "unack lock" }, g) : el("rect", { class: "hush", y: lane.y + 1, height: lane.h - 2, fill: `url(#${tl.svg.id}-gone)` }, g);
    const text = el("text", { class: isLock ? "soft halo" : "strong halo", y: isLock ? y - 4 : lane.y + lane.top + 14 }, g, isLock ? say("span.lock", { name: span.name }) : say(`span.${span.kind}`));
    stretchy(tl, span, (a, w) => {
      if (isLock) mark.setAttribute("d", `M${a} ${y - 3}v6M${a} ${y}h${w}v-3v6`);
      else { mark.setAttribute("x", a); mark.setAttribute("width", w); }
      text.setAttribute("x", a + 6);
      text.style.display = w > 60 || span.kind !== "lock" ? "" : "none";
    });
  }
}

/** Something with an end that may still come: drawn to the end of the plot until then. */
function stretchy(tl, item, set) {
  const update = () => {
    const a = tl.x(item.start);
    set(a, Math.max(0, tl.x(item.end === Infinity ? tl.end : item.end) - a));
    return item.end !== Infinity;
  };
  if (!update()) tl.stretchy.push(update);
}

/** Dotted lines: to the next attempt, and down from the broker to the run that a redelivery began. */
export function links(tl, parent) {
  const list = tl.model.links;
  for (; tl.drawn.links < list.length; tl.drawn.links += 1) {
    const link = list[tl.drawn.links], { from, to } = link;
    const lane = tl.lanes.get(to.lane), b = lane && place(lane, to.row);
    if (!b) continue;
    const x2 = tl.x(to.start);
    let d = "";
    if (link.hold && link.hold.y) {
      const x1 = tl.x(link.hold.end), y1 = link.hold.y + 4, drop = Math.max(16, (b.y - y1) * 0.5);
      d = `M${x1} ${y1}C${x1} ${y1 + drop},${x2} ${b.y - drop},${x2} ${b.y}`;
    } else if (from && tl.lanes.has(from.lane)) {
      const a = place(tl.lanes.get(from.lane), from.row), x1 = tl.x(from.end);
      if (from.lane === to.lane && from.row === to.row) d = `M${x1} ${a.y}C${x1 + 6} ${a.y - 13},${x2 - 6} ${b.y - 13},${x2} ${b.y}`;
      else {
        const down = b.y > a.y, ya = down ? a.y + a.h : a.y, yb = down ? b.y : b.y + b.h, pull = (yb - ya) * 0.55;
        d = `M${x1 - 4} ${ya}C${x1 - 4} ${ya + pull},${x2 + 4} ${yb - pull},${x2 + 4} ${yb}`;
      }
    }
    if (d) tl.linkNodes.push({ node: el("path", { class: `link is-${link.kind}`, d }, parent), task: to.task });
  }
}

export function kills(tl, parent) {
  const list = tl.model.kills;
  for (; tl.drawn.kills < list.length; tl.drawn.kills += 1) {
    const kill = list[tl.drawn.kills], lane = tl.lanes.get(kill.lane);
    if (!lane) continue;
    const x = tl.x(kill.t), y = lane.y + 13 + lane.top;
    el("path", { class: "kill", d: `M${x} ${lane.y + 1}V${lane.y + lane.h - 1}` }, parent);
    const what = kill.signal !== null ? signalName(kill.signal) : say("exit", { code: kill.exit });
    const words = kill.by === "learner" ? say("kill.you", { what }) : what, left = tl.model.ended && x + 26 + words.length * CHAR > tl.x(tl.model.t);
    const before = tl.killLast[kill.lane];
    if (before && x - before.x < before.width) { before.text.remove(); if (x - before.x < 16) before.bolt.remove(); }
    tl.killLast[kill.lane] = {
      x, width: left ? 0 : 24 + words.length * CHAR,
      bolt: symbol("i-bolt", { class: "mk is-lost", x: left ? x - 17 : x + 4, y: y - 10, width: 13, height: 13 }, parent),
      text: el("text", { class: "lost-t m halo", x: left ? x - 19 : x + 19, y, "text-anchor": left ? "end" : "start" }, parent, words),
    };
  }
  for (const requeue of tl.model.requeues.slice(tl.drawn.requeues)) {
    const x = tl.x(requeue.t);
    el("path", { class: "kill", d: `M${x} ${tl.axis}V${tl.bottom}` }, parent);
    el("text", { class: "lost-t halo", x: x + 6, y: tl.axis + 13 }, parent, say("requeued"));
  }
  tl.drawn.requeues = tl.model.requeues.length;
}

/** Sent messages as small rings; those that lie together share one label, and a label is as long as its room. */
export function sends(tl, parent) {
  const list = tl.model.sends;
  for (; tl.drawn.sends < list.length; tl.drawn.sends += 1) {
    const send = list[tl.drawn.sends], lane = tl.lanes.get(send.lane);
    if (!lane) continue;
    const x = tl.x(send.t), busy = lane.lane.rows.length > 0;
    const y = busy ? lane.y + lane.top + 6 : lane.y + lane.top + (lane.h - lane.top) * 0.52, r = busy ? 3 : 4;
    const state = (tl.sendState[send.lane] ??= { ring: el("path", { class: "ring", d: "" }, parent), d: "", group: null });
    state.d += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    state.ring.setAttribute("d", state.d);
    if (busy) continue;
    const group = state.group, word = `${send.task.short}`;
    if (group && x - group.to < 15) {
      group.to = x;
      group.last = word;
      group.count += 1;
    } else {
      if (group) sendLabel(group, x - group.from - 2);
      state.group = { from: x, to: x, first: word, last: word, full: send.task.label, count: 1, text: el("text", { class: "m halo", x: x - 4, y: y - 9 }, parent) };
    }
    sendLabel(state.group, 400);
  }
}

function sendLabel(group, room) {
  const choices = group.count > 1 ? [`${group.first}\u2013${group.last}`, group.first] : [group.full, group.first];
  group.text.textContent = choices.find((words) => words.length * CHAR <= room) ?? "";
}

export function fires(tl, parent) {
  const list = tl.model.fires;
  for (; tl.drawn.fires < list.length; tl.drawn.fires += 1) {
    const fire = list[tl.drawn.fires], lane = tl.lanes.get(fire.lane);
    if (!lane) continue;
    const x = tl.x(fire.t), y = lane.lane.rows.length ? lane.y + lane.top + 9 : lane.y + lane.top + (lane.h - lane.top) * 0.6;
    el("path", { class: "fire", d: `M${x - 5} ${y - 5}h10l-5 9Z` }, parent);
    const width = fire.name.length * CHAR + 18;
    if (!(tl.fireRight[fire.lane] > x) && !lane.lane.rows.length) { el("text", { class: "m", x: x + 9, y: y + 3 }, parent, fire.name); tl.fireRight[fire.lane] = x + width; }
  }
}

/** The lab's own annotations and log lines at the foot of their lane. */
export function marks(tl, parent) {
  for (const list = tl.model.ticks; tl.drawn.ticks < list.length; tl.drawn.ticks += 1) {
    const tick = list[tl.drawn.ticks], lane = tl.lanes.get(tick.lane);
    if (!lane) continue;
    tl.tickD += `M${tl.x(tick.t)} ${lane.y + lane.h - 5}v4`;
    tl.tickPath ??= el("path", { class: "logtick" }, parent);
    tl.tickPath.setAttribute("d", tl.tickD);
  }
  for (const list = tl.model.marks; tl.drawn.marks < list.length; tl.drawn.marks += 1) {
    const mark = list[tl.drawn.marks], lane = tl.lanes.get(mark.lane);
    if (!lane) continue;
    const forged = mark.kind === "forged", row = `${mark.lane}${forged ? " forged" : ""}`;
    const x = tl.x(mark.t), y = lane.y + lane.h - (forged ? 20 : 8), last = tl.markLast[row];
    if (last && x - last.x < 9) continue;
    if (forged) el("path", { class: "forged", d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` }, parent);
    else el("path", { class: `note${mark.kind === "lock" ? " is-failed" : ""}`, d: `M${x} ${y - 4}l4 4l-4 4l-4-4Z` }, parent);
    const words = forged ? say("forged.note", { what: say(`kind.${mark.text}`) }) : mark.text === "clock" ? say("action.clock") : mark.text;
    if (last) last.text.textContent = clipped(last.words, (x - last.x - 18) / 5.9);
    tl.markLast[row] = { x, words, text: el("text", { class: forged ? "halo forged-t" : "halo", x: x + 8, y: y + 4 }, parent, clipped(words, 34)) };
  }
}

const clipped = (words, room) => (words.length <= room ? words : room < 4 ? "" : `${words.slice(0, room - 1)}\u2026`);

/** Health pings: a line through p99 on a logarithmic scale from 1 ms to 10 s, a whisker up to the worst. */
export function probes(tl) {
  tl.probeLayer.replaceChildren();
  const byLane = Map.groupBy ? Map.groupBy(tl.model.probes, (p) => p.lane) : tl.model.probes.reduce((map, p) => map.set(p.lane, [...(map.get(p.lane) ?? []), p]), new Map());
  for (const [name, list] of byLane) {
    const lane = tl.lanes.get(name);
    if (!lane) continue;
    const top = lane.y + lane.top + 8, room = lane.h - lane.top - 16;
    const y = (seconds) => +(top + room * (1 - Math.min(1, Math.max(0, Math.log10(Math.max(seconds, 0.001) * 1000) / 4)))).toFixed(1);
    for (const [seconds, text] of [[0.001, "1 ms"], [0.1, "100 ms"], [10, "10 s"]]) {
      el("path", { class: "grid", d: `M${tl.x(0)} ${y(seconds)}H${tl.x(tl.end)}` }, tl.probeLayer);
      if (!tl.compact) el("text", { class: "sub m", x: tl.x(0) + 3, y: y(seconds) - 2 }, tl.probeLayer, text);
    }
    const good = list.filter((p) => typeof p.p99 === "number");
    if (!good.length) continue;
    el("path", { class: "whisker", d: good.map((p) => `M${tl.x(p.t)} ${y(p.p50 ?? p.p99)}V${y(p.worst ?? p.p99)}`).join("") }, tl.probeLayer);
    el("path", { class: "pulse", d: `M${good.map((p) => `${tl.x(p.t)} ${y(p.p99)}`).join("L")}` }, tl.probeLayer);
    const worst = good.reduce((a, b) => ((b.worst ?? 0) > (a.worst ?? 0) ? b : a));
    const right = tl.x(worst.t) > tl.x(tl.end) - 120;
    el("text", { class: "strong halo", x: tl.x(worst.t) + (right ? -6 : 6), y: Math.max(top + 8, y(worst.worst ?? 0) + 4), "text-anchor": right ? "end" : "start" }, tl.probeLayer, say("probe.worst", { ms: Math.round((worst.worst ?? 0) * 1000) }));
  }
}

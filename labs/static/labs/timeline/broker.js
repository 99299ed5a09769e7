// The broker's lane: how many messages wait, which are out of sight, and which executions they came to.
import { el } from "../elements.js";
import { fixed, say } from "../words.js";
import { dropPath, giveRows, linkPath, stepPath } from "./geometry.js";
import { RANK } from "./label-room.js";
import { placeInLane } from "./lanes.js";

const MOST_HOLDS = 5; // rows of the broker's lane

/** @param {Drawing.Timeline} tl */
const brokerOf = (tl) => [...tl.lanes.values()].find((lane) => lane.broker);

/**
 * Rows for the holds, so that none lies on another.
 * @param {{ holds: Trace.Hold[] }} model
 */
export const holdRows = (model) => Math.min(MOST_HOLDS, giveRows(model.holds));

/**
 * How many messages of one queue, or of all where `queue` is null, a sample counted.
 * @param {Trace.Depth} sample
 * @param {string | null} queue
 */
const waiting = (sample, queue) => (queue === null
  ? sample.n
  : typeof sample.by === "object" ? sample.by?.[queue] ?? 0
  : 0);

/**
 * Queue depth as steps, one above the other by queue; unacknowledged messages as a line.
 * @param {Drawing.Timeline} tl
 */
export function drawDepth(tl) {
  const lane = brokerOf(tl);
  const { model } = tl;
  for (const layer of [tl.layers.depth, tl.layers.counts]) layer.replaceChildren();
  tl.room.forget("depth");
  if (!lane || model.depth.length < 2) return;
  const most = Math.max(4, ...model.depth.map((s) => s.n), ...model.unacked.map((s) => s.n));
  const bottom = lane.y + lane.h - tl.holdRows * 15 - 9;
  const scale = {
    x: (/** @type {number} */ t) => tl.x(t), bottom, unit: (bottom - lane.y - lane.top - 14) / most,
  };
  queues(tl, scale);
  el("path", { class: "floor", d: `M${tl.x(0)} ${bottom}H${tl.x(tl.span)}` }, tl.layers.depth);
  unacked(tl, scale);
}

/** @typedef {{ x: (t: number) => number, bottom: number, unit: number }} Scale */

/**
 * The steps of each queue.
 * @param {Drawing.Timeline} tl
 * @param {Scale} scale
 */
function queues(tl, scale) {
  const { model, layers } = tl, { bottom, unit } = scale, end = tl.x(tl.span);
  /** @type {(string | null)[]} */
  const names = model.queues.size > 1 ? [...model.queues] : [null];
  names.forEach((_, i) => {
    const lower = names.slice(0, names.length - i), own = lower.at(-1) ?? null;
    const below = (/** @type {Trace.Depth} */ sample) =>
      lower.reduce((sum, queue) => sum + waiting(sample, queue), 0);
    const { d, last } = stepPath(model.depth, below, scale);
    el(
      "path", { class: `step step--${i % 3}`, d: `${d}L${end} ${bottom - last * unit}V${bottom}Z` },
      layers.depth,
    );
    const top = model.depth.reduce((a, b) => (below(b) > below(a) ? b : a));
    if (below(top) <= 0 || i > 2) return;
    const next = model.depth[model.depth.indexOf(top) + 1], n = waiting(top, own);
    const labelled = bottom - below(top) * unit + 9;
    count(tl, {
      x: tl.x(next?.t ?? top.t) + 6, y: labelled,
      text: own === null ? say("depth.waiting", { n }) : `${own} ${n}`,
    });
  });
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Scale} scale
 */
function unacked(tl, scale) {
  const { model, layers } = tl, { bottom, unit } = scale;
  const line = stepPath(model.unacked, (sample) => sample.n, scale);
  if (line.d.length <= 24) return;
  el(
    "path", { class: "unacked", d: `${line.d}L${tl.x(tl.span)} ${bottom - line.last * unit}` }, layers.depth,
  );
  const peak = model.unacked.reduce((a, b) => (b.n > a.n ? b : a));
  count(tl, {
    x: tl.x(peak.t) + 4, y: bottom - peak.n * unit - 5, text: say("depth.unacked", { n: peak.n }),
  });
}

/**
 * Words on a count, where nothing of more weight is.
 * @param {Drawing.Timeline} tl
 * @param {{ x: number, y: number, text: string }} words
 */
function count(tl, { x, y, text }) {
  const node = el("text", { class: "soft halo", x, y }, tl.layers.counts, text);
  tl.room.claim({ node, x, y, text, rank: RANK.sample, tag: "depth" });
}

/**
 * The message that nobody sees: from its delivery until it is visible again.
 * @param {Drawing.Timeline} tl
 */
export function drawHolds(tl) {
  const lane = brokerOf(tl), { drawn, layers, model } = tl;
  for (const hold of model.holds.slice(drawn.holds)) {
    drawn.holds += 1;
    const row = Math.min(MOST_HOLDS - 1, hold.row ?? 0);
    if (!lane) { hold.y = null; continue; }
    const y = lane.y + lane.h - 8 - (tl.holdRows - 1 - row) * 15;
    const a = tl.x(hold.start), b = tl.x(hold.end), { short } = hold.task;
    hold.y = y;
    const seconds = fixed(hold.end - hold.start, 1), long = say("hold.long", { task: short, t: seconds });
    const brief = `${short} ${seconds} s`;
    const text = b - a > long.length * 6 + 12 ? long : b - a > brief.length * 6 + 8 ? brief : "";
    const half = text ? text.length * 2.95 + 5 : 0, mid = (a + b) / 2;
    el(
      "path",
      {
        class: "unack", d: `M${a} ${y - 4}v8M${a} ${y}H${mid - half}M${mid + half} ${y}H${b}M${b} ${y - 4}v8`,
      },
      layers.under,
    );
    if (!text) continue;
    // Over the links: a dashed line through digits makes them unreadable.
    const node = el(
      "text", { class: "lost-t halo", x: mid, y: y + 4, "text-anchor": "middle" }, layers.over, text,
    );
    tl.room.claim({ node, x: mid, y: y + 4, text, anchor: "middle", rank: RANK.hold, tag: "hold" });
    drawn.holdTexts.push({ end: hold.end - 0.4 * (hold.end - hold.start), node });
  }
}

/**
 * Dotted lines: to the next attempt, and down from the broker to the execution that a redelivery began.
 * @param {Drawing.Timeline} tl
 */
export function drawLinks(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const link of model.links.slice(drawn.links)) {
    drawn.links += 1;
    const { from, to, hold } = link, lane = lanes.get(to.lane);
    if (!lane) continue;
    const b = { ...placeInLane(lane, to.row), x: tl.x(to.start) }, before = from && lanes.get(from.lane);
    let d = "";
    if (hold?.y) d = dropPath({ x: tl.x(hold.end), y: hold.y + 4 }, b);
    else if (from && before) {
      d = linkPath(
        { ...placeInLane(before, from.row), x: tl.x(from.end) }, b,
        from.lane === to.lane && from.row === to.row,
      );
    }
    if (d) {
      drawn.linkNodes.push({
        node: el("path", { class: `link is-${link.kind}`, d }, layers.link), task: to.task,
      });
    }
  }
}

// The lanes: how high each is, where its bars lie, its name and the patterns of its bars.
import { el } from "../elements.js";
import { say } from "../words.js";

/**
 * Heights by what a lane holds; the rest of the room goes to the broker and to lanes with bars. Sets
 * `tl.lanes`.
 * @param {Drawing.Timeline} tl
 * @returns {number} the bottom, in px
 */
export function layOutLanes(tl) {
  const { model, H, axis, compact, strip } = tl;
  const top = compact ? 17 : 0;
  const shown = [...model.lanes.values()].filter(
    (lane) => tl.filter.lanes === null || tl.filter.lanes.has(lane.name),
  );
  const sized = shown.map((lane) => ({ lane, ...wanted(tl, lane, top) }));
  const least = sized.reduce((sum, s) => sum + s.least, 0) || 1;
  const room = Math.max(0, H - axis - strip - 2 - least);
  const gives = sized.reduce((sum, s) => sum + s.give, 0) || 1;
  let y = axis + strip;
  tl.lanes = new Map();
  for (const s of sized) {
    const rows = s.lane.rows.length;
    const most = rows && !s.lane.calls ? 40 + (s.head ?? 0) + rows * 46 : s.broker ? 190 : 90;
    const h = Math.min(s.least + (room * s.give) / gives, Math.max(most, s.least));
    tl.lanes.set(s.lane.name, { ...s, name: s.lane.name, rows: Math.max(1, rows), y, h, top });
    y += h;
  }
  return y;
}

/**
 * Room for the longest name at the left, px.
 * @param {Trace.Model} model
 */
export const gutterOf = (model) =>
  Math.min(170, Math.max(92, ...[...model.lanes.keys()].map((name) => name.length * 7.3 + 12)));

/**
 * What a lane needs at least, and its share of what is left.
 * @param {Drawing.Timeline} tl
 * @param {Trace.Lane} lane
 * @param {number} top
 * @returns {{ least: number, give: number, head?: number, broker?: boolean, probe?: boolean }}
 */
function wanted({ model, holdRows }, lane, top) {
  /** @param {{ lane: string }[]} list */
  const has = (list) => list.some((item) => item.lane === lane.name);
  const broker = lane.name === "broker" || has(model.spans.filter((s) => s.kind === "frozen"));
  const rows = lane.rows.length, head = has(model.kills) ? 14 : 0;
  if (broker) return { least: 70 + top + holdRows * 15, give: 1.2, broker };
  if (lane.calls) return { least: 24 + top + head + rows * 12, give: 0.15, head };
  if (rows) return { least: 24 + top + head + rows * 19, give: 0.6 + rows * 0.5, head };
  if (has(model.probes)) return { least: 54 + top, give: 0.5, probe: true };
  return { least: 46 + top, give: 0.25 };
}

/**
 * Where a bar of this lane and row lies; a row that came after the last layout borrows the lowest until the
 * next.
 * @param {Drawing.Lane} lane
 * @param {number} row
 */
export function placeInLane(lane, row) {
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

/** @param {SVGSVGElement} svg */
export function definePatterns(svg) {
  const defs = el("defs", {}, svg);
  /** @param {string} id @param {number} size @param {number} rotate @param {string} cls @param {string} d */
  const add = (id, size, rotate, cls, d) => {
    const patternTransform = `rotate(${rotate})`;
    const node = el(
      "pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform }, defs,
    );
    el("path", { class: cls, d }, node);
  };
  add(`${svg.id}-retrying`, 5, 45, "p-retry", "M0 0v5");
  add(`${svg.id}-failed`, 6, 45, "p-fail", "M0 0v6M0 0h6");
  add(`${svg.id}-lost`, 5, 0, "p-lost", "M1 1.5a.9.9 0 1 0 1.8 0a.9.9 0 1 0-1.8 0Z");
  add(`${svg.id}-late`, 4, 0, "p-late", "M1 0v4");
  add(`${svg.id}-gone`, 7, 45, "p-gone", "M0 0v7");
}

/**
 * Names and rules, which stand still while the plot moves.
 * @param {Drawing.Timeline} tl
 * @param {Element} back
 * @param {Element} front
 */
export function drawNames(tl, back, front) {
  const { compact, W } = tl;
  if (tl.strip && !compact) {
    el("text", { class: "sub", x: 0, y: tl.axis + tl.strip - 5 }, back, say("lane.late"));
  }
  for (const lane of tl.lanes.values()) {
    el("path", { class: "lane", d: `M0 ${Math.round(lane.y) + 0.5}H${W}` }, back);
    const y = compact ? lane.y + 14 : lane.y + lane.h / 2, parent = compact ? front : back;
    el(
      "text", { class: compact ? "name halo" : "name", x: compact ? 2 : 0, y: compact ? y : y - 2 }, parent,
      lane.name,
    );
    const sub = subtitle(tl, lane);
    if (sub) {
      el(
        "text",
        {
          class: compact ? "sub halo" : "sub", x: compact ? 8 + lane.name.length * 7 : 0,
          y: compact ? y : y + 14,
        },
        parent, sub,
      );
    }
  }
  el("path", { class: "lane", d: `M0 ${Math.round(tl.bottom) + 0.5}H${W}` }, back);
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Lane} lane
 */
function subtitle(tl, lane) {
  if (lane.broker && tl.model.depth.length > 1) return say("lane.depth");
  if (lane.probe) return say("lane.probe");
  if (lane.lane.calls) return say("lane.calls");
  const { system, version } = lane.lane;
  if (!system || system === "stub" || system === "probe" || system === "python") return "";
  return `${system} ${version}`.slice(0, 14);
}

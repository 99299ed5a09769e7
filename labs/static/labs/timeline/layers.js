// The groups that a timeline draws into, from back to front, and the record of what is drawn in them.
import { el } from "../elements.js";
import { Curtain } from "./axis.js";
import { definePatterns, drawNames } from "./lanes.js";

const LAYERS = /** @type {const} */ ([
  "grid", "depth", "probe", "under", "link", "bar", "counts", "over", "gap", "light",
]);
const HIDDEN = { "aria-hidden": "true" }; // only the bars are read out

/** @typedef {Record<typeof LAYERS[number], SVGElement>} Layers */

/** @returns {Drawing.Drawn} */
export const nothingDrawn = () => ({
  executions: 0, links: 0, holds: 0, downs: 0, spans: 0, kills: 0, requeues: 0, sends: 0, fires: 0, marks: 0,
  ticks: 0, samples: 0, probes: 0, late: 0, strip: null, linkNodes: [], holdTexts: [], stretchy: [],
  rings: new Map(), fireRight: new Map(),
  lastMark: new Map(), lastKill: new Map(), tickPath: null, tickD: "",
});

/**
 * @param {Element} plot
 * @returns {Layers}
 */
export function layersOf(plot) {
  const made = LAYERS.map((name) => [name, el("g", name === "bar" ? {} : HIDDEN, plot)]);
  return Object.fromEntries(made);
}

/**
 * Empty the SVG and lay the groups out in it, `height` px high.
 * @param {Drawing.Timeline} tl
 * @param {number} height
 */
export function layGroups(tl, height) {
  const { svg, gutter, W } = tl;
  svg.setAttribute("viewBox", `0 0 ${W} ${height}`);
  svg.style.height = `${height}px`;
  svg.replaceChildren();
  definePatterns(svg);
  const back = el("g", HIDDEN, svg);
  const clip = el("clipPath", { id: `${svg.id}-view` }, svg);
  el("rect", { x: gutter, y: 0, width: W - gutter, height }, clip);
  tl.plot = el("g", {}, el("g", { "clip-path": `url(#${svg.id}-view)` }, svg));
  tl.layers = layersOf(tl.plot);
  drawNames(tl, back, el("g", HIDDEN, svg));
  tl.curtain ??= new Curtain(svg);
  tl.curtain.layOut(tl, back);
}

/**
 * Pins and rays on the events that decided something; sets `tl.litKeys`.
 * @param {Drawing.Timeline} tl
 */
export function drawLights(tl) {
  const anchors = tl.lit.flatMap((seq) => tl.model.anchors.get(seq) ?? []);
  tl.litKeys = new Set(anchors.flatMap((anchor) => anchor.execution?.key ?? []));
  const parent = tl.layers.light;
  parent.replaceChildren();
  anchors.forEach((anchor, i) => {
    const lane = tl.lanes.get(anchor.lane);
    if (!lane) return;
    const bar = anchor.execution && tl.byKey.get(anchor.execution.key), x = tl.x(anchor.t);
    const y = bar ? bar.y : lane.y + lane.h / 2;
    el("path", { class: "ray", d: `M${x} ${tl.axis}V${tl.bottom}` }, parent);
    el("circle", { class: "pin", cx: x, cy: y, r: 8.5 }, parent);
    el("text", { class: "pin-t", x, y: y + 4, "text-anchor": "middle" }, parent, String(i + 1));
  });
}

/**
 * Draw them, and scroll to the first one if it is out of sight.
 * @param {Drawing.Timeline} tl
 */
export function showLights(tl) {
  drawLights(tl);
  const { stage } = tl, y = Number(tl.layers.light.querySelector(".pin")?.getAttribute("cy") ?? NaN);
  if (y < stage.scrollTop + tl.axis + tl.strip || y > stage.scrollTop + stage.clientHeight - 12) {
    stage.scrollTop = y - stage.clientHeight / 2;
  }
}

/**
 * Hide the labels of the axis that the playhead's flag covers, and lengths that are not known yet.
 * @param {Drawing.Timeline} tl
 * @param {number} t
 * @param {number} px where the playhead is in the plot
 */
export function uncover(tl, t, px) {
  for (const label of tl.labels) {
    const under = Math.abs(label.at - px) < 32;
    if (under !== label.under) label.node.style.visibility = under ? "hidden" : "";
    label.under = under;
  }
  for (const text of tl.drawn.holdTexts) {
    const early = t < text.end;
    if (early !== text.early) text.node.style.visibility = early ? "hidden" : "";
    text.early = early;
  }
}

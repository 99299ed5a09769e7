// Time: the lines of the axis, collapsed stretches, and the curtain over the future with the playhead before
// it.
import { el, html } from "../elements.js";
import { fixed } from "../words.js";
import { axisSteps } from "./geometry.js";
import { RANK } from "./label-room.js";

/**
 * @param {Drawing.Timeline} tl
 * @param {Element} parent
 */
export function drawTicks(tl, parent) {
  const { spacing, nice, digits } = axisSteps(tl.pxPerSecond, tl.compact);
  tl.labels = [];
  let thin = "", strong = "";
  const count = Math.min(1500, Math.floor(tl.span / spacing + 1e-6));
  for (let i = 0; i <= count; i += 1) {
    const t = i * spacing, x = tl.x(t);
    if (tl.scale.gaps.some((gap) => t > gap.from && t < gap.to)) continue;
    const line = `M${x} ${tl.axis}V${tl.bottom}`;
    if (i % nice === 0) {
      strong += i ? line : "";
      const node = el(
        "text", { class: "m soft", x, y: 14, "text-anchor": i ? "middle" : "start" }, parent,
        i ? fixed(t, digits) : "0 s",
      );
      tl.labels.push({ node, at: x, under: false });
    } else thin += line;
  }
  el("path", { class: "grid", d: thin || "M0 0" }, parent);
  el("path", { class: "grid5", d: `M${tl.x(0)} ${tl.axis}V${tl.bottom}${strong}` }, parent);
}

/**
 * Collapsed stretches: a torn band that says how long it was.
 * @param {Drawing.Timeline} tl
 * @param {Element} parent
 */
export function drawGaps(tl, parent) {
  for (const gap of tl.scale.gaps) {
    const a = tl.x(gap.from), b = tl.x(gap.to), mid = (a + b) / 2;
    el("rect", { class: "tear", x: a, y: tl.axis, width: b - a, height: tl.bottom - tl.axis }, parent);
    let d = "";
    for (const x of [a, b]) {
      d += `M${x} ${tl.axis}`;
      for (let y = tl.axis, i = 0; y < tl.bottom; y += 6, i += 1) d += `l${i % 2 ? 3 : -3} 6`;
    }
    el("path", { class: "torn", d }, parent);
    const text = `${fixed(gap.to - gap.from, 1)} s`, y = tl.axis + tl.strip + 13;
    const node = el("text", { class: "m soft halo", x: mid, y, "text-anchor": "middle" }, parent, text);
    tl.room.claim({ node, x: mid, y, text, mono: true, anchor: "middle", rank: RANK.note, tag: "gap" });
  }
}

/**
 * The future lies under a curtain with a grid of its own, and the playhead before it: both are moved by the
 * compositor, so that a frame repaints only the bars that grow.
 */
export class Curtain {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.grid = el("svg", { class: "trace", "aria-hidden": "true" });
    this.moving = html("div", { class: "tl-moving" }, this.grid);
    this.cover = html("div", { class: "tl-curtain" }, this.moving);
    this.flag = html("span", { class: "tl-flag" });
    this.head = html("div", { class: "tl-head", "aria-hidden": "true" }, this.flag);
    this.plot = el("g", {}, this.grid);
    this.flagged = "";
    svg.after(this.cover, this.head);
  }

  /**
   * As large as the plot is now, with the rules and the lines of the axis drawn anew.
   * @param {Drawing.Timeline} tl
   * @param {Element} back
   */
  layOut({ gutter, axis, bottom, W }, back) {
    const width = Math.max(0, W - gutter), height = Math.max(0, bottom - axis);
    Object.assign(this.cover.style, {
      left: `${gutter}px`, top: `${axis}px`, width: `${width}px`, height: `${height}px`,
    });
    Object.assign(this.head.style, { height: `${bottom}px` });
    this.grid.setAttribute("viewBox", `${gutter} ${axis} ${width} ${height}`);
    Object.assign(this.grid.style, { width: `${width}px`, height: `${height}px` });
    this.grid.replaceChildren();
    el("rect", { class: "future", x: gutter, y: axis, width, height }, this.grid);
    this.plot = el("g", {}, this.grid);
    for (const rule of back.querySelectorAll(".lane")) this.grid.append(rule.cloneNode());
  }

  /**
   * The playhead at `at` px of the window.
   * @param {Drawing.Timeline} tl
   * @param {number} at
   */
  move({ gutter, W }, at) {
    const open = Math.max(0, at - gutter);
    this.moving.style.transform = `translateX(${open}px)`;
    this.grid.style.transform = `translateX(${-open}px)`;
    this.head.style.transform = `translateX(${at}px)`;
    this.flag.style.left = `${Math.max(-at, Math.min(-21, W - at - 42))}px`; // whole at both edges
    const hidden = at < gutter - 1 || at > W + 1;
    if (hidden !== this.head.hidden) this.head.hidden = hidden;
  }

  /** @param {string} time */
  say(time) {
    if (time !== this.flagged) { this.flag.textContent = time; this.flagged = time; }
  }

  remove() {
    this.cover.remove();
    this.head.remove();
  }
}

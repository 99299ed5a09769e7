// One bar an execution: its shape, its state, its words. A bar is touched only when its phase changes, or
// when one under way has come to the end of what is drawn of it. Colours and patterns come from the style
// sheet.
import { el, setAll, show, symbol } from "../elements.js";
import { LOOK, describe, stateAt } from "../sentences.js";
import { CHAR, barPath } from "./geometry.js";
import { placeInLane } from "./lanes.js";

const AHEAD = 60; // px
const PATTERNED = new Set(["retrying", "failed", "lost"]);

/**
 * Does a filter let this execution through?
 * @param {Trace.Execution} execution
 * @param {{ lanes?: Set<string> | null, kinds: Set<string> | null, text: string }} filter
 */
export function passes(execution, { lanes = null, kinds, text }) {
  if (lanes && !lanes.has(execution.lane)) return false;
  if (kinds && !kinds.has(execution.kind)) return false;
  if (!text) return true;
  const needle = text.toLowerCase(), { name, task, short, label } = execution;
  return [name, task, short, label].some((word) => String(word).toLowerCase().includes(needle));
}

/**
 * The bar of an execution, not yet shown; null where it is filtered out.
 * @param {Drawing.Timeline} tl
 * @param {Trace.Execution} execution
 * @returns {Drawing.Bar | null}
 */
export function makeBar(tl, execution) {
  const lane = tl.lanes.get(execution.lane);
  if (!lane || !passes(execution, { kinds: tl.filter.kinds, text: tl.filter.text })) return null;
  const g = el(
    "g", { class: "exec", tabindex: "-1", role: "button", "data-key": execution.key }, tl.layers.bar,
  );
  const shape = el("path", { class: "bar" }, g);
  const again = execution.attempt > 1 ? `\u00b7${execution.attempt}` : "";
  show(g, false);
  return {
    execution, g, shape, ...placeInLane(lane, execution.row), phase: -1, acked: null, until: 0, words: "",
    text: { long: execution.label + again, short: (execution.short || execution.label) + again },
    pattern: null, label: null, glyph: null, badge: null, ack: null, after: null,
  };
}

/**
 * @param {Trace.Execution} execution
 * @param {number} t
 * @returns {Drawing.Phase}
 */
const phaseAt = ({ start, end, after }, t) => (t < start ? 0 : t < end ? 1 : after && t >= after.t ? 3 : 2);

/**
 * Bring a bar to the moment `t`, if that changes it.
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Bar} bar
 * @param {number} t
 */
export function showAt(tl, bar, t) {
  const { execution } = bar, phase = phaseAt(execution, t);
  const acked = execution.ack !== null && execution.ack <= t;
  const news = phase !== bar.phase || acked !== bar.acked;
  if (news || (phase === 1 && t > bar.until)) paint(tl, bar, { t, phase, acked, news });
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Bar} bar
 * @param {{ t: number, phase: Drawing.Phase, acked: boolean, news: boolean }} now
 */
function paint(tl, bar, { t, phase, acked, news }) {
  const { execution, g, y, h } = bar;
  if (news) show(g, phase > 0);
  Object.assign(bar, { phase, acked });
  if (!phase) return;
  const look = LOOK[stateAt(execution, t)];
  // A bar under way is drawn a little into the future, where the curtain hides it: it need not be painted
  // with every frame.
  const drawn = Math.min(execution.end, phase === 1 ? t + AHEAD / tl.pxPerSecond : Infinity);
  bar.until = drawn - 4 / tl.pxPerSecond;
  const a = tl.x(execution.start), w = Math.max(execution.ran === false ? 26 : 2.5, tl.x(drawn) - a);
  const d = barPath({ a, w, y, h, redelivered: Boolean(execution.redelivery), lost: look === "lost" });
  bar.shape.setAttribute("d", d);
  if (PATTERNED.has(look) && phase > 1) {
    bar.pattern ??= el("path", { class: "pat" }, g);
    setAll(bar.pattern, { d, fill: `url(#${tl.svg.id}-${look})` });
  } else if (bar.pattern) { bar.pattern.remove(); bar.pattern = null; }
  if (news) entitle(tl, bar, t, look);
  lettering(bar, { a, w, look });
  acknowledgement(tl, bar);
  aftermath(tl, bar);
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Bar} bar
 * @param {number} t
 * @param {string} look
 */
function entitle(tl, { execution, g, phase }, t, look) {
  const selected = tl.selected === execution.key, lit = tl.litKeys.has(execution.key);
  const classes = [
    "exec", `is-${look}`, phase === 1 && "live", `k-${execution.kind}`, selected && "sel", lit && "lit",
  ];
  setAll(g, {
    class: classes.filter(Boolean).join(" "), "aria-label": describe(execution, t), "aria-pressed": selected,
  });
}

/**
 * What a pool's parent said of an execution whose child had died.
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Bar} bar
 */
function aftermath(tl, bar) {
  const { execution, g, y, h, phase } = bar;
  if (phase === 3 && !bar.after && execution.after) {
    const a = tl.x(execution.end), b = tl.x(execution.after.t), mid = y + h / 2;
    const look = LOOK[execution.after.state];
    bar.after = el("g", { class: `is-${look}` }, g);
    if (b - a > 10) el("path", { class: "link", d: `M${a + 2} ${mid}H${b - 8}` }, bar.after);
    symbol(
      `s-${look}`, { class: "mk", width: 13, height: 13, x: Math.max(a + 2, b - 6.5), y: mid - 6.5 },
      bar.after,
    );
  }
  show(bar.after, phase === 3);
}

/**
 * The label, the glyph of the state and the sign of a redelivery, as far as they fit.
 * @param {Drawing.Bar} bar
 * @param {{ a: number, w: number, look: string }} size
 */
function lettering(bar, { a, w, look }) {
  const { execution, g, y, h, text, phase } = bar, mid = y + h / 2;
  const small = h < 12 || execution.kind === "call";
  const marked = Boolean(execution.redelivery) && w > 24 && !small, lead = marked ? 25 : 6;
  const fits = (/** @type {string} */ words) => words.length * CHAR <= w - lead - 5;
  const words = small ? "" : fits(text.long) ? text.long : fits(text.short) ? text.short : "";
  if (words) bar.label ??= el("text", { class: "t-bar" }, g);
  show(bar.label, words !== "");
  if (bar.label && words) {
    if (bar.words !== words) { bar.label.textContent = words; bar.words = words; }
    setAll(bar.label, { x: a + lead, y: mid + 4 });
  }
  if (marked) {
    bar.badge ??= symbol(
      "s-redelivered", { class: "mk is-redelivered", width: 14, height: 14, x: a + 7, y: mid - 7 }, g,
    );
  }
  show(bar.badge, marked);
  const left = w - lead - words.length * CHAR;
  const room = phase > 1 && !small && (words ? left > 24 : w > 15 && !marked);
  if (room) bar.glyph ??= symbol(`s-${look}`, { class: "mk", width: 13, height: 13 }, g);
  show(bar.glyph, room);
  if (!bar.glyph || !room) return;
  bar.glyph.firstElementChild?.setAttribute("href", `#s-${look}`);
  setAll(bar.glyph, { x: words ? a + w - (look === "lost" ? 23 : 19) : a + w / 2 - 6.5, y: mid - 6.5 });
}

/**
 * Where the acknowledgement left: a small wedge under the bar.
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Bar} bar
 */
function acknowledgement(tl, bar) {
  const { ack } = bar.execution;
  if (bar.acked && ack !== null) {
    bar.ack ??= el("path", { class: "ack", d: `M${tl.x(ack)} ${bar.y + bar.h}l3.6 5.2h-7.2Z` }, bar.g);
  }
  show(bar.ack, Boolean(bar.acked));
}

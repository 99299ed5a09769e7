// The strip above the lanes: when the machine was late, and by how much. A time in the lanes below means
// little there.
import { el } from "../elements.js";
import { stretches } from "../trace/lateness.js";
import { fixed, say } from "../words.js";
import { CHAR, beside, lateHeight } from "./geometry.js";
import { RANK } from "./label-room.js";

const ROOM = 12, HEIGHT = 20; // px

/**
 * Px that the strip takes above the lanes: none where the machine was on time.
 * @param {Trace.Model} model
 */
export const stripOf = (model) => (model.late.length ? HEIGHT : 0);

/** @param {Drawing.Timeline} tl */
export function drawStrip(tl) {
  const { drawn, model } = tl, base = tl.axis + HEIGHT - 4, fresh = model.late.slice(drawn.late);
  if (!fresh.length) return;
  drawn.late = model.late.length;
  // Among the bars, which are read out: the other layers are silent.
  const g = drawn.strip?.g ?? el("g", { class: "late", role: "img" }), hatched = `url(#${tl.svg.id}-late)`;
  if (!drawn.strip) {
    tl.layers.bar.prepend(g);
    drawn.strip = { g, title: el("title", {}, g), label: null, begun: -1 };
  }
  for (const { start, end, worst } of fresh) {
    const x = tl.x(start), width = Math.max(2, tl.x(end) - x), height = lateHeight(worst, ROOM);
    const box = { x, y: base - height, width, height };
    el("rect", { class: "late-bar", ...box }, g);
    el("rect", { class: "pat", fill: hatched, ...box }, g);
  }
  peak(tl, drawn.strip, base);
  drawn.strip.begun = -1;
  sayStrip(tl, tl.t);
}

/**
 * How late the machine was at its worst, beside that bar.
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Strip} drawn
 * @param {number} base
 */
function peak(tl, drawn, base) {
  const { model } = tl, worst = model.late.reduce((a, b) => (b.worst > a.worst ? b : a));
  const text = say("late.peak", { worst: fixed(worst.worst) }), long = text.length * CHAR;
  drawn.label?.remove();
  drawn.label = null;
  tl.room.forget("late");
  const bars = model.late.map((one) => ({ from: tl.x(one.start), to: tl.x(one.end) }));
  const { start, end } = worst;
  const place = beside({ from: tl.x(start), to: tl.x(end) }, bars, {
    long, from: tl.x(0), to: tl.x(model.ended ? model.t : tl.span),
  });
  if (!place) return; // the words of the strip and the sentence at the end of the run say it
  const { x, anchor } = place, y = base - 1;
  drawn.label = el("text", { class: "soft halo", x, y, "text-anchor": anchor }, tl.layers.over, text);
  tl.room.claim({ node: drawn.label, x, y, text, anchor, rank: RANK.note, tag: "late" });
}

/**
 * The strip in words, as far as the moment `t`.
 * @param {Drawing.Timeline} tl
 * @param {number} t
 */
export function sayStrip(tl, t) {
  const { strip: drawn } = tl.drawn;
  if (!drawn) return;
  const begun = tl.model.late.filter(({ end }) => end <= t);
  if (begun.length === drawn.begun) return;
  drawn.begun = begun.length;
  const all = stretches(begun), first = all[0], last = all.at(-1);
  if (first && last) drawn.title.textContent = say("late.strip", {
    n: all.length, worst: fixed(Math.max(...all.map((one) => one.worst))), from: fixed(first.start, 1),
    to: fixed(last.end, 1),
  });
  drawn.g.setAttribute("aria-hidden", String(!first));
}

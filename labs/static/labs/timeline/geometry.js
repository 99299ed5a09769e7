// Where lines run and how bars are cut. Pure: numbers in, path data out.

export const CHAR = 6.65; // width of a mono character at 11 px

/**
 * The outline of a bar: pointed where a redelivery began it, torn where it was lost.
 * @param {{ a: number, w: number, y: number, h: number, redelivered?: boolean, lost?: boolean }} bar
 */
export function barPath({ a, w, y, h, redelivered = false, lost = false }) {
  const begin = redelivered && w > 8
    ? `M${a} ${y}l${h / 7} ${h / 2}l${-h / 7} ${h / 2}`
    : `M${a} ${y}V${y + h}`;
  const end = lost
    ? `H${a + w}l${-h / 7} ${-h / 4}l${h / 7} ${-h / 4}l${-h / 7} ${-h / 4}l${h / 7} ${-h / 4}Z`
    : `H${a + w}V${y}Z`;
  return begin + end;
}

/**
 * Px of a bar of the strip of lateness: a third of the room for a timer 0.05 s late, all of it from a second
 * on.
 * @param {number} worst seconds
 * @param {number} room px
 */
export function lateHeight(worst, room) {
  // By the logarithm, so that a tenth of a second is seen beside a whole one.
  const share = Math.min(1, Math.max(0, Math.log10(worst / 0.05) / Math.log10(1 / 0.05)));
  return +((room * (1 + 2 * share)) / 3).toFixed(1);
}

/** @typedef {{ from: number, to: number }} Stretch px */

/**
 * Where words `long` px long lie beside a bar and on none of the others: to its right, else to its left, else
 * nowhere.
 * @param {Stretch} bar
 * @param {Stretch[]} bars all of the row
 * @param {Stretch & { long: number }} room
 * @returns {{ x: number, anchor: "start" | "end" } | null}
 */
export function beside(bar, bars, { long, from, to }) {
  const free = (/** @type {number} */ left) =>
    left >= from && left + long <= to && !bars.some((one) => one.from < left + long && left < one.to);
  if (free(bar.to + 5)) return { x: bar.to + 5, anchor: "start" };
  return free(bar.from - 5 - long) ? { x: bar.from - 5, anchor: "end" } : null;
}

/** @typedef {{ x: number, y: number, h: number }} End the end of one bar or the beginning of another */

/**
 * From the end of one bar to the beginning of the next: an arc where both lie in one row, else a curve.
 * @param {End} from
 * @param {End} to
 * @param {boolean} sameRow
 */
export function linkPath(from, to, sameRow) {
  const { x: x1 } = from, { x: x2 } = to;
  if (sameRow) return `M${x1} ${from.y}C${x1 + 6} ${from.y - 13},${x2 - 6} ${to.y - 13},${x2} ${to.y}`;
  const down = to.y > from.y, ya = down ? from.y + from.h : from.y, yb = down ? to.y : to.y + to.h;
  const pull = (yb - ya) * 0.55;
  return `M${x1 - 4} ${ya}C${x1 - 4} ${ya + pull},${x2 + 4} ${yb - pull},${x2 + 4} ${yb}`;
}

/**
 * From a message's return in the broker's lane down to the bar that it began.
 * @param {{ x: number, y: number }} from
 * @param {{ x: number, y: number }} to
 */
export function dropPath(from, to) {
  const drop = Math.max(16, (to.y - from.y) * 0.5);
  return `M${from.x} ${from.y}C${from.x} ${from.y + drop},${to.x} ${to.y - drop},${to.x} ${to.y}`;
}

/**
 * A value over time as steps from the left edge; equal neighbours are one step.
 * @template {{ t: number }} P
 * @param {P[]} points
 * @param {(point: P) => number} value
 * @param {{ x: (t: number) => number, bottom: number, unit: number }} scale `unit` px a unit of the value
 */
export function stepPath(points, value, { x, bottom, unit }) {
  let d = `M${x(0)} ${bottom}`, last = 0;
  for (const point of points) {
    const n = value(point);
    if (n === last) continue;
    d += `L${x(point.t)} ${bottom - last * unit}V${bottom - n * unit}`;
    last = n;
  }
  return { d, last };
}

/** Seconds between two labelled lines of the axis, and into how many parts each of them is divided. */
const STEPS = /** @type {const} */ ([
  [0.01, 5], [0.02, 5], [0.05, 5], [0.1, 5], [0.2, 4], [0.5, 5], [1, 5], [2, 4], [5, 5], [10, 5], [20, 4],
  [60, 6], [300, 5], [600, 5],
]);

/**
 * The lines of the axis: every `spacing` seconds one, every `nice`-th with a label of so many digits.
 * @param {number} pxPerSecond px a second
 * @param {boolean} compact
 */
export function axisSteps(pxPerSecond, compact) {
  const [major, parts] = STEPS.find(([seconds]) => seconds * pxPerSecond >= (compact ? 40 : 54)) ?? [600, 5];
  const nice = [parts, parts % 2 ? 1 : 2, 1].find((n) => (major / n) * pxPerSecond >= 22) ?? 1;
  return { spacing: major / nice, nice, digits: major < 0.1 ? 2 : major < 1 ? 1 : 0 };
}

/**
 * A row for each stretch, so that none lies on another; sets `row` and returns how many rows there are.
 * @param {{ start: number, end: number, row?: number }[]} stretches by start
 */
export function giveRows(stretches) {
  /** @type {number[]} */
  const rows = [];
  for (const stretch of stretches) {
    let row = rows.findIndex((end) => end <= stretch.start + 1e-6);
    if (row < 0) row = rows.length;
    rows[row] = stretch.end;
    stretch.row = row;
  }
  return rows.length;
}

/**
 * The end of what is drawn, in seconds: of the trace when it has ended, else with room for what comes.
 * @param {{ t: number, ended: boolean }} model
 * @param {number} span what is drawn now
 */
export function reach(model, span) {
  const known = Math.max(model.t, 0.5);
  if (model.ended) return known * 1.02 + 0.1;
  // In large steps, because each new end lays everything out anew.
  let end = span;
  while (known > end * 0.94) end = Math.ceil(end * 1.35);
  return end;
}

/** @param {string} words @param {number} room characters */
export const clipped = (words, room) => (words.length <= room
  ? words
  : room < 4 ? ""
  : `${words.slice(0, room - 1)}\u2026`);

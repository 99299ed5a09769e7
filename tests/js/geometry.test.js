// Lines and bars of the timeline, as numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axisSteps, barPath, clipped, dropPath, giveRows, linkPath, reach, stepPath,
} from "../../labs/static/labs/timeline/geometry.js";

/** The points that a path of absolute curves goes through. @param {string} d */
const numbers = (d) => (d.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);

test("a bar is a box, pointed after a redelivery when it has room, torn when it was lost", () => {
  assert.equal(barPath({ a: 10, w: 30, y: 5, h: 14 }), "M10 5V19H40V5Z");
  assert.match(barPath({ a: 10, w: 30, y: 5, h: 14, redelivered: true }), /^M10 5l2 7l-2 7H40V5Z$/);
  assert.equal(barPath({ a: 10, w: 8, y: 5, h: 14, redelivered: true }), "M10 5V19H18V5Z");
  assert.match(barPath({ a: 10, w: 30, y: 5, h: 28, lost: true }), /^M10 5V33H40l-4 -7l4 -7l-4 -7l4 -7Z$/);
});

test("a torn edge ends at the height where the bar began", () => {
  const edge = barPath({ a: 0, w: 30, y: 5, h: 28, lost: true }).split("H30")[1] ?? "";
  const down = edge.split("l").slice(1).map((step) => numbers(step)[1] ?? 0);
  assert.equal(down.reduce((sum, dy) => sum + dy, 0), -28);
});

test("a link joins the end of one bar to the beginning of the next", () => {
  const from = { x: 100, y: 20, h: 10 }, to = { x: 160, y: 80, h: 10 };
  const down = numbers(linkPath(from, to, false));
  assert.deepEqual([down.slice(0, 2), down.slice(-2)], [[96, 30], [164, 80]]);
  const up = numbers(linkPath(to, { ...from, x: 200 }, false));
  assert.deepEqual([up.slice(0, 2), up.slice(-2)], [[156, 80], [204, 30]]);
  const arc = numbers(linkPath(from, { ...from, x: 150 }, true));
  assert.deepEqual([arc.slice(0, 2), arc.slice(-2)], [[100, 20], [150, 20]]);
  assert.ok(Math.max(arc[3] ?? 99, arc[5] ?? 99) < 20, "an arc over the row");
});

test("a drop from the broker's lane falls at least a little", () => {
  assert.deepEqual(numbers(dropPath({ x: 1, y: 10 }, { x: 5, y: 12 })), [1, 10, 1, 26, 5, -4, 5, 12]);
});

test("steps hold a value until it changes", () => {
  const points = [{ t: 0, n: 0 }, { t: 1, n: 2 }, { t: 2, n: 2 }, { t: 3, n: 1 }];
  const { d, last } = stepPath(points, (p) => p.n, { x: (t) => t * 10, bottom: 100, unit: 5 });
  assert.equal(d, "M0 100L10 100V90L30 90V95");
  assert.equal(last, 1);
});

test("the axis has room for its labels at each zoom", () => {
  for (const pxPerSecond of [0.2, 1, 7, 60, 400, 9000]) {
    const { spacing, nice } = axisSteps(pxPerSecond, false);
    const label = spacing * nice * pxPerSecond;
    assert.ok(label >= 54 || spacing * nice === 600, `labels at ${pxPerSecond} px a second`);
    assert.ok(spacing * pxPerSecond >= 22 || nice === 1, `lines at ${pxPerSecond} px a second`);
  }
});

test("stretches that overlap get rows of their own, and a free row is used again", () => {
  const list = [{ start: 0, end: 4 }, { start: 1, end: 2 }, { start: 2, end: 3 }, { start: 4, end: 5 }];
  assert.equal(giveRows(list), 2);
  assert.deepEqual(list.map((one) => /** @type {{ row?: number }} */ (one).row), [0, 1, 1, 0]);
});

test("a run under way has room ahead, one that has ended ends with its trace", () => {
  assert.equal(reach({ t: 3, ended: false }, 8), 8);
  assert.ok(reach({ t: 30, ended: false }, 8) * 0.94 >= 30);
  assert.ok(Math.abs(reach({ t: 30, ended: true }, 8) - 30.7) < 1e-9);
});

test("words are cut where their room ends", () => assert.deepEqual(
  [clipped("abcdef", 9), clipped("abcdef", 4), clipped("abcdef", 3)], ["abcdef", "abc\u2026", ""],
));

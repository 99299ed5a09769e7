// How late the machine was: what the model keeps of it, and how high it is drawn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { beside, lateHeight } from "../../labs/static/labs/timeline/geometry.js";
import { NOTICEABLE, stretches } from "../../labs/static/labs/trace/lateness.js";
import { TraceModel } from "../../labs/static/labs/trace/model.js";
import { idle } from "../../labs/static/labs/trace/time-scale.js";

/** @param {...[number, number]} reports seconds and how late */
const late = (...reports) =>
  new TraceModel(["driver"]).pushAll(
    reports.map(([t, worst], i) => ({ seq: i + 1, t, lane: "driver", kind: "lateness", data: { worst } })),
  );

test("a report covers the second before it, and a late timer as long as it was late", () => {
  assert.deepEqual(
    late([1.5, 0.2]).late.map(({ start, end, worst }) => [start, end, worst]), [[0.5, 1.5, 0.2]],
  );
  assert.deepEqual(late([4, 2.5]).late.map(({ start, end }) => [start, end]), [[1.5, 4]]);
});

test("no report reaches into the one before it, nor before the run", () => {
  assert.deepEqual(late([0.4, 0.1], [1.2, 0.1]).late.map(({ start, end }) =>
    [start, end]), [[0, 0.4], [0.4, 1.2]]);
});

test("that the machine is on time again is no lateness", () => assert.deepEqual(
  late([2, 0.1], [3, NOTICEABLE / 2]).late.map(({ end }) => end), [2],
));

test("the first report makes room for the strip, and no later one does", () => {
  const model = late(), before = model.shape;
  model.push({ seq: 1, t: 2, lane: "driver", kind: "lateness", data: { worst: 0.1 } });
  model.push({ seq: 2, t: 3, lane: "driver", kind: "lateness", data: { worst: 0.1 } });
  assert.equal(model.shape, before + 1);
});

test("seconds that follow each other are one stretch, as late as the latest of them", () => {
  const found = stretches(late([1, 0.1], [2, 0.4], [3, 0.2], [6, 0.3]).late);
  assert.deepEqual(found.map(({ start, end, worst }) => [start, end, worst]), [[0, 3, 0.4], [5, 6, 0.3]]);
});

test("the strip of another run is not changed by joining its seconds", () => {
  const { late: reports } = late([1, 0.1], [2, 0.4]);
  stretches(reports);
  assert.deepEqual(reports.map(({ end, worst }) => [end, worst]), [[1, 0.1], [2, 0.4]]);
});

test("a bar of the strip grows with the lateness, and never leaves its room", () => {
  const heights = [0.05, 0.1, 0.3, 1, 30].map((worst) => lateHeight(worst, 12));
  assert.deepEqual([heights[0], heights[3], heights[4]], [4, 12, 12]);
  assert.deepEqual(heights, heights.toSorted((a, b) => a - b));
  assert.ok((heights[1] ?? 0) > 4 && (heights[2] ?? 12) < 12);
});

test("the end of a run says how busy the machine was", () => {
  const model = new TraceModel(["driver"]).pushAll(
    [{
      seq: 1, t: 2, lane: "driver", kind: "run-ended",
      data: { outcome: "passed", lateness: { worst: 0.1, total: 2, pressure: null } },
    }],
  );
  assert.deepEqual(model.busy, { worst: 0.1, total: 2, pressure: null });
  assert.deepEqual(
    new TraceModel().pushAll([{ seq: 1, t: 2, lane: "driver", kind: "run-ended", data: {} }]).busy, {},
  );
});

test("a late machine does not break an idle stretch", () => {
  const event = (/** @type {number} */ t, /** @type {string} */ kind) => ({ seq: t, t, lane: "w", kind });
  assert.deepEqual(idle([event(1, "log"), event(3, "lateness"), event(6, "log")]), [{ from: 1, to: 6 }]);
});

test("words beside a bar lie on no other: right, else left, else nowhere", () => {
  const bar = { from: 100, to: 120 }, room = { long: 50, from: 0, to: 300 };
  assert.deepEqual(beside(bar, [bar], room), { x: 125, anchor: "start" });
  assert.deepEqual(beside(bar, [bar, { from: 150, to: 170 }], room), { x: 95, anchor: "end" });
  assert.equal(beside(bar, [{ from: 60, to: 80 }, bar, { from: 150, to: 170 }], room), null);
  assert.deepEqual(beside(bar, [bar], { ...room, to: 160 }), { x: 95, anchor: "end" });
  assert.equal(beside({ from: 20, to: 40 }, [{ from: 20, to: 40 }], { ...room, to: 80 }), null);
});

// A recorded run, as the page folds it and as it is downloaded.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chromeTrace } from "../../labs/static/labs/download.js";
import { TraceModel } from "../../labs/static/labs/trace/model.js";
import { TimeScale, idle } from "../../labs/static/labs/trace/time-scale.js";

/**
 * A run kept for these tests: a new recording of the lab would change the numbers.
 * @param {string} name
 * @returns {Trace.Raw[]}
 */
const recorded = (name) =>
  readFileSync(new URL(`../../labs/tests/traces/${name}.jsonl`, import.meta.url), "utf8").trim().split(
    "\n",
  ).map((line) => JSON.parse(line));
const EVENTS = recorded("starter");
const MODEL = new TraceModel(["driver", "broker"]).pushAll(EVENTS);
/** @param {string} name */
const named = (name) => MODEL.executions.filter((one) => one.name === name);

test("a killed execution ends lost, and its message comes back as another one", () => {
  const found = named("reserve_stock").map(
    (one) => [one.state, one.start, one.end, one.lane, Boolean(one.redelivery)],
  );
  assert.deepEqual(found, [
    ["lost", 0.536, 0.94, "worker-1", false], ["succeeded", 4.245, 5.248, "worker-2", true],
  ]);
  assert.deepEqual(
    [MODEL.holds[0]?.task.name, MODEL.holds[0]?.start, MODEL.holds[0]?.end, MODEL.holds.length],
    ["reserve_stock", 0.535, 4.244, 6],
  );
});

test("executions that overlap in a lane get rows of their own", () => {
  assert.deepEqual(named("export_ledger").map((one) => [one.lane, one.row]), [
    ["worker-2", 0], ["worker-2", 2], ["worker-1", 0],
  ]);
});

test("a trace seen twice is the trace seen once", () => {
  const twice = new TraceModel(["driver", "broker"]).pushAll([...EVENTS, ...EVENTS]);
  assert.equal(twice.events.length, EVENTS.length);
  assert.equal(twice.executions.length, MODEL.executions.length);
});

test("collapsed idle time is a scale with an inverse", () => {
  const scale = new TimeScale(idle(recorded("solution")));
  assert.equal(scale.gaps.length, 1);
  assert.ok(scale.length(16) < 14);
  for (const t of [0, 3, 9.9, 11, 13.1, 15]) {
    assert.ok(Math.abs(scale.time(scale.length(t)) - t) < 1e-6, String(t));
  }
});

test("the download for Perfetto has a slice for each execution", () => {
  const entries = chromeTrace(MODEL, "x").traceEvents;
  const slices = entries.filter(({ ph }) => ph === "X");
  assert.equal(slices.length, MODEL.executions.length);
  for (const { dur, pid, tid, ts } of slices) assert.ok(Number(dur) >= 1 && pid && tid && Number(ts) >= 0);
  assert.deepEqual(new Set(entries.map(({ ph }) => ph)), new Set(["X", "M", "C", "i"]));
});

test("a retry in the download is an arrow from the end of one slice to the beginning of the next", () => {
  const base = { lane: "w", task: "a", name: "charge" };
  const model = new TraceModel().pushAll([
    { ...base, seq: 1, t: 1, kind: "task-started", attempt: 1, data: { execution: 1 } },
    { ...base, seq: 2, t: 2, kind: "task-retried", attempt: 1, data: { execution: 1 } },
    { ...base, seq: 3, t: 4, kind: "task-started", attempt: 2, data: { execution: 2 } },
  ]);
  const arrow = chromeTrace(model, "x").traceEvents.filter(({ cat }) => cat === "link");
  assert.deepEqual(arrow.map(({ ph, ts, name }) => [ph, ts, name]), [
    ["s", 1_999_999, "retrying"], ["f", 4_000_000, "retrying"],
  ]);
});

// What the model keeps of a trace besides its executions, for the drawing and the words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { idle, TimeScale } from "../../labs/static/labs/trace/time-scale.js";
import { TraceModel } from "../../labs/static/labs/trace/model.js";

let seq = 0;
/**
 * @param {number} t
 * @param {string} lane
 * @param {string} kind
 * @param {Record<string, unknown>} data
 * @returns {Trace.Raw}
 */
const event = (t, lane, kind, data = {}) => ({ seq: (seq += 1), t, lane, kind, data });
/**
 * @param {number} t
 * @param {string} lane
 * @param {string} kind
 * @param {Record<string, unknown>} data
 * @returns {Trace.Raw}
 */
const task = (t, lane, kind, data = {}) => ({
  ...event(t, lane, `task-${kind}`, data), task: "a", name: "charge", attempt: 1,
});
/** @param {...Trace.Raw} events */
const fold = (...events) => new TraceModel(["driver", "broker"]).pushAll(events);

test("a message is out of sight from its delivery until it is visible again", () => {
  const model = fold(task(1, "w", "received"), task(1.1, "w", "started", { execution: 1 }), event(
    2, "w", "lane-down", { signal: 9 },
  ),
    task(5, "broker", "redelivered"), task(5, "v", "received"), task(5.1, "v", "started", { execution: 2 }));
  assert.deepEqual(model.holds.map(({ start, end, lane }) => [start, end, lane]), [[1, 5, "w"]]);
  assert.deepEqual(
    model.links.map(({ kind, from, to }) => [kind, from?.number, to.number]), [["redelivered", 1, 2]],
  );
  assert.equal(model.executions[1]?.redelivery, model.holds[0]);
});

test("a retry is linked to the execution before it", () => {
  const model = fold(
    task(1, "w", "started", { execution: 1 }), task(2, "w", "retried", { execution: 1 }),
    task(4, "w", "started", { execution: 2 }),
  );
  assert.deepEqual(
    model.links.map(({ kind, from, to }) => [kind, from?.number, to.number]), [["retrying", 1, 2]],
  );
});

test("an acknowledgement before the start and one after the end belong to their execution", () => {
  const early = fold(
    task(1, "w", "received"), task(1.1, "w", "acked"), task(1.2, "w", "started", { execution: 1 }),
  );
  assert.equal(early.executions[0]?.ack, 1.1);
  const late = fold(
    task(1, "w", "started", { execution: 1 }), task(2, "w", "succeeded", { execution: 1 }),
    task(2.1, "w", "acked"),
  );
  assert.equal(late.executions[0]?.ack, 2.1);
  const never = fold(
    task(1, "w", "started", { execution: 1 }), task(2, "w", "succeeded", { execution: 1 }),
    task(9, "w", "acked"),
  );
  assert.equal(never.executions[0]?.ack, null);
});

test("what a pool's parent says of a dead child is kept beside the death", () => {
  const model = fold(event(0, "w", "lane-up", { pid: 1 }), task(1, "w", "started", {
    execution: 1, process: 7,
  }),
    event(2, "w/7", "lane-down", { pid: 7, signal: 9 }),
    task(2.5, "w", "failed", { execution: 1, exception: "WorkerLostError" }));
  const [execution] = model.executions;
  assert.deepEqual([execution?.state, execution?.end, execution?.after, execution?.note], [
    "lost", 2, { t: 2.5, state: "failed" }, "WorkerLostError",
  ]);
  assert.equal(model.downs.length, 0);
});

test("a kill is the learner's when a command came just before", () => {
  const command = event(1, "driver", "command", { action: "kill", target: "w", by: "learner" });
  assert.equal(fold(command, event(1.2, "w", "lane-down", { signal: 9 })).kills[0]?.by, "learner");
  assert.equal(fold(command, event(9, "w", "lane-down", { signal: 9 })).kills[0]?.by, "");
});

test("a lane without a process ends with the next process or with the run", () => {
  const model = fold(
    event(1, "w", "lane-down", { exit: 1 }), event(3, "w", "lane-up", { pid: 2 }),
    event(4, "w", "lane-down", { exit: 1 }), event(6, "driver", "run-ended", {}),
  );
  assert.deepEqual(model.downs.map(({ start, end }) => [start, end]), [[1, 3], [4, 6]]);
});

test("a requeued run goes on counting from the last moment", () => {
  const model = fold(
    task(5, "w", "started", { execution: 1 }), event(0, "driver", "run-requeued"),
    task(0.4, "w", "started", { execution: 1 }),
  );
  assert.deepEqual(model.executions.map(({ state, start }) => [state, start]), [
    ["lost", 5], ["running", 5.4],
  ]);
  assert.deepEqual(model.requeues.map(({ t }) => t), [5]);
});

test("dropped events are added up, as a number and by kind", () => {
  const model = fold(
    event(1, "driver", "dropped", { count: 3 }), event(2, "driver", "dropped", { log: 2, mark: 5 }),
  );
  assert.equal(model.dropped, 10);
});

test("a forged event is counted and marked, and makes no task", () => {
  const model = fold(task(1, "w", "succeeded", { forged: "said before the lane was up" }));
  assert.deepEqual(
    [model.forged, model.tasks.size, model.executions.length, model.marks[0]?.kind], [1, 0, 0, "forged"],
  );
});

test("executions that overlap in a lane get rows of their own", () => {
  const model = fold(
    task(1, "w", "started", { execution: 1 }), task(2, "w", "started", { execution: 2 }),
    task(3, "w", "succeeded", { execution: 1 }), task(3, "w", "started", { execution: 3 }),
  );
  assert.deepEqual(model.executions.map(({ row }) => row), [0, 1, 0]);
});

test("each name has initials of its own", () => {
  const named = (/** @type {string} */ name, /** @type {string} */ id) => ({
    ...task(1, "w", "sent"), name, task: id,
  });
  const model = fold(
    named("charge", "1"), named("check_stock", "2"), named("charge", "3"), named("chat", "4"),
  );
  assert.deepEqual([...model.tasks.values()].map(({ short }) => short), ["c1", "cs1", "c2", "ch1"]);
});

test("frozen, paused and locked stretches end with their opposite", () => {
  const model = fold(event(1, "driver", "command", { action: "freeze", target: "broker" }), event(
    2, "driver", "command", { action: "thaw", target: "broker" },
  ),
    event(3, "w", "lock-acquired", { key: "k" }), event(4, "w", "lock-released", { key: "other" }),
    event(5, "w", "lock-released", { key: "k" }));
  assert.deepEqual(model.spans.map(({ kind, start, end }) => [kind, start, end]), [
    ["frozen", 1, 2], ["lock", 3, 5],
  ]);
});

test("samples do not break an idle stretch", () => {
  assert.deepEqual(
    idle([event(1, "w", "log"), event(4, "broker", "broker-sample"), event(6, "w", "log")]),
    [{ from: 1, to: 6 }],
  );
});

test("a scale with short gaps has an inverse", () => {
  const scale = new TimeScale([{ from: 2, to: 10 }, { from: 12, to: 12.5 }]);
  assert.equal(scale.gaps.length, 1);
  assert.ok(scale.length(20) < 14);
  for (const t of [0, 1.9, 2.2, 6, 9.8, 11, 20]) {
    assert.ok(Math.abs(scale.time(scale.length(t)) - t) < 1e-9, String(t));
  }
});

test("a task that was revoked before it ran is a bar without length", () => {
  const model = fold(task(1, "w", "received"), task(1.2, "w", "revoked", { expired: true }));
  assert.deepEqual(
    model.executions.map(({ state, start, end, ran }) => [state, start, end, ran]),
    [["revoked", 1.2, 1.2, false]],
  );
});

test("a request, a background function and a call of a stub are executions", () => {
  const model = fold(event(1, "web", "request-started", { request: 1, method: "GET", path: "/" }),
    { ...event(1.1, "web", "background-started", { on: "thread" }), task: "b", name: "mail" },
    event(1.2, "web", "response-sent", { request: 1, path: "/", status: 200 }),
    { ...event(1.6, "web", "background-failed", { error: "no" }), task: "b", name: "mail" },
    event(2, "mail", "stub-called", { path: "x", status: 503, seconds: 0.5 }));
  const found = model.executions.map(({ kind, state, start, end }) => [kind, state, start, end]);
  assert.deepEqual(found, [
    ["request", "succeeded", 1, 1.2], ["background", "failed", 1.1, 1.6], ["call", "failed", 1.5, 2],
  ]);
});

test("queues are added up, and a plain number is one depth", () => {
  const model = fold(
    event(1, "broker", "broker-sample", { depth: { a: 2, b: 3 }, unacked: 1 }),
    event(2, "broker", "broker-sample", { depth: 4 }),
  );
  assert.deepEqual(model.depth.map(({ n }) => n), [0, 5, 4]);
  assert.deepEqual([...model.queues], ["a", "b"]);
});

test("what has not ended reaches the end of the run and says so", () => {
  const model = fold(
    task(1, "w", "started", { execution: 1 }), event(3, "driver", "run-ended", { outcome: "timed_out" }),
  );
  assert.deepEqual(model.executions.map(({ state, end }) => [state, end]), [["unfinished", 3]]);
});

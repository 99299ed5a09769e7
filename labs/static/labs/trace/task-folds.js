// What the events of tasks add to the model: executions, the messages they came from, their acknowledgements.
import { numberOf } from "./fields.js";

/** @type {Record<string, Trace.State>} */
const ENDINGS = {
  "task-succeeded": "succeeded", "task-failed": "failed", "task-retried": "retrying",
  "task-rejected": "rejected", "task-revoked": "revoked", "task-discarded": "discarded",
  "task-ignored": "ignored",
  "task-replaced": "replaced", "task-cancelled": "cancelled", "task-expired": "expired",
};
const WITHOUT_START = new Set([
  "revoked", "rejected", "discarded", "failed", "ignored", "cancelled", "expired",
]);
// so long after the death of its child a pool's parent may still speak for the execution, in seconds
const PARENT = 10;
const EARLY = 0.25; // an acknowledgement this long after the end still belongs to the execution, in seconds

/** @type {Record<string, Trace.Fold>} */
export const TASK_FOLDS = {
  "task-sent"(model, event, lane) {
    const task = model.task(event);
    task.sent.push({ t: event.at, seq: event.seq, eta: event.data.eta ?? null });
    model.sends.push({ t: event.t, lane: lane.name, task, seq: event.seq, kind: "sent" });
  },
  "task-received"(model, event, lane) {
    const task = model.task(event);
    const { redelivery } = task;
    task.redelivery = null;
    task.receipts.push({ t: event.at, lane: lane.name, seq: event.seq, redelivery, taken: false });
  },
  "task-redelivered"(model, event) {
    const task = model.task(event);
    const from = task.receipts.at(-1);
    const hold = { task, start: from?.t ?? event.t, end: event.t, lane: from?.lane ?? "", seq: event.seq };
    task.redelivery = hold;
    model.holds.push(hold);
  },
  "task-started"(model, event, lane) {
    const task = model.task(event);
    model.waited(task, event);
    const receipt = task.receipts.find((r) => !r.taken && r.lane === lane.name)
      ?? task.receipts.find((r) => !r.taken);
    if (receipt) receipt.taken = true;
    const before = task.executions.at(-1) ?? null;
    const execution = model.begin(event, lane, {
      number: numberOf(event) ?? task.executions.length + 1, short: task.short, label: task.label,
      name: task.name,
      redelivery: receipt?.redelivery ?? null, eager: event.data.eager === true,
      callback: event.data.callback ?? "",
    });
    if (execution.eager || execution.callback) execution.acknowledges = false; // no message caused it
    if (task.early?.lane === lane.name) { execution.ack = task.early.t; task.early = null; }
    task.executions.push(execution);
    link(model, before, execution);
  },
  "task-acked"(model, event, lane) {
    const task = model.task(event);
    const number = numberOf(event);
    const mine = task.executions.filter((one) => one.lane === lane.name && one.ack === null);
    const acked = mine.find((one) => number && one.number === number)
      ?? mine.find((one) => one.end === Infinity)
      ?? mine.findLast((one) => event.at - one.end < (one.state === "lost" ? PARENT : EARLY));
    task.acks += 1;
    if (!acked) { task.early = { lane: lane.name, t: event.at }; return; }
    model.acked(event, acked);
    acked.seqs.push(event.seq);
    model.anchor(event).execution = acked;
  },
  "task-waiting"(model, event, lane) {
    const task = model.task(event);
    model.waited(task, event);
    task.wait = {
      t: event.t, start: event.at, end: Infinity, lane: lane.name, task, why: String(event.data.why ?? ""),
      seq: event.seq,
    };
    model.waits.push(task.wait);
    task.waits.push(task.wait);
  },
  "task-limit"(model, event, lane) {
    const task = model.task(event), open = model.ending(event, lane);
    if (open) { model.anchor(event).execution = open; open.seqs.push(event.seq); }
    model.ticks.push({ t: event.t, lane: lane.name, seq: event.seq, task });
  },
  "task-progress"(model, event, lane) {
    const task = model.task(event);
    const open = model.ending(event, lane);
    if (open) { model.anchor(event).execution = open; open.seqs.push(event.seq); }
    model.ticks.push({ t: event.t, lane: lane.name, seq: event.seq, task });
  },
};

for (const [kind, state] of Object.entries(ENDINGS)) {
  TASK_FOLDS[kind] = (model, event, lane) => end(model, event, lane, state);
}

/**
 * What led to this execution: a redelivery of its message, or a retry.
 * @param {Trace.Model} model
 * @param {Trace.Execution | null} before
 * @param {Trace.Execution} execution
 */
function link(model, before, execution) {
  const hold = execution.redelivery;
  if (hold) model.links.push({ kind: "redelivered", from: before, to: execution, hold });
  else if (before && before.end <= execution.start) {
    model.links.push({
      kind: before.state === "lost" ? "redelivered" : "retrying", from: before, to: execution, hold: null,
    });
  }
}

/**
 * @param {Trace.Model} model
 * @param {Trace.Event} event
 * @param {Trace.Lane} lane
 * @param {Trace.State} state
 */
function end(model, event, lane, state) {
  const task = model.task(event);
  const { by_name: replacement = "" } = event.data;
  const note = event.data.exception ?? (event.data.why || replacement) ?? "";
  model.waited(task, event);
  const open = model.ending(event, lane);
  if (open) { model.finish(open, event, state, note); return; }
  const dead = lostOf(task, event, lane);
  if (dead) { // the pool's parent says what became of the execution whose child died
    dead.after = { t: event.t, state };
    dead.note = note;
    dead.seqs.push(event.seq);
    model.anchor(event).execution = dead;
    return;
  }
  if (!WITHOUT_START.has(state)) return;
  const receipt = task.receipts.find((r) => !r.taken && r.lane === lane.name);
  if (receipt) receipt.taken = true;
  const never = {
    kind: /** @type {const} */ ("task"), label: task.label, short: task.short, name: task.name, ran: false,
    attempt: event.attempt ?? 0,
  };
  model.finish(model.begin(event, lane, never), event, state, note);
}

/**
 * The execution whose child had died, where an ending event speaks of it.
 * @param {Trace.Task} task
 * @param {Trace.Event} event
 * @param {Trace.Lane} lane
 */
function lostOf(task, event, lane) {
  const number = numberOf(event);
  return task.executions.findLast((one) => one.lane === lane.name && one.state === "lost" && !one.after
    && lane.up !== null && event.t - one.end < PARENT && (!number || one.number === number));
}

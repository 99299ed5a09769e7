// What each kind of event adds to the model: one fold a kind. What happens to tasks is in task-folds.js.
import { base, total } from "./fields.js";
import { fold as lateness } from "./lateness.js";
import { TASK_FOLDS } from "./task-folds.js";

/** @type {Record<string, number | undefined>} */
const SIGNAL_OF = { kill: 9, terminate: 15, quit: 3 };
/** @type {Record<string, Trace.Span["kind"] | undefined>} */
const OPENS = { pause: "paused", freeze: "frozen", outage: "outage" };
/** @type {Record<string, Trace.Span["kind"] | undefined>} */
const CLOSES = { resume: "paused", thaw: "frozen" };

/** @type {Record<string, Trace.Fold>} */
const RUN_FOLDS = {
  "run-started"(model, event) { model.knobs = event.data.knobs ?? {}; },
  "run-requeued"(model, event) {
    for (const lane of model.lanes.values()) {
      model.down(event, lane);
      lane.up = null;
      if (lane.pid) {
        model.downs.push({
          lane: lane.name, start: event.t, end: Infinity, signal: null, exit: null, seq: event.seq,
        });
      }
    }
    model.requeues.push({ t: event.t, seq: event.seq });
  },
  "run-ended"(model, event) {
    model.close(event);
    model.ended = true;
    model.outcome = event.data.outcome ?? "";
    model.busy = event.data.lateness ?? {};
  },
  lateness,
  dropped(model, event) {
    const { count, ...rest } = event.data;
    model.dropped += typeof count === "number" ? count : total(count ?? rest);
  },
};

/** @type {Record<string, Trace.Fold>} */
const LANE_FOLDS = {
  "lane-up"(model, event, lane) {
    if (event.lane.includes("/")) return;
    const { pid = null, system = lane.system, version = lane.version } = event.data;
    if (system && system !== lane.system) model.shape += 1; // its name has a second line now
    Object.assign(lane, {
      up: event.t, pid, system: system ?? lane.system, version: version ?? lane.version,
    });
    const down = model.downs.findLast((d) => d.lane === lane.name && d.end === Infinity);
    if (down) down.end = event.t;
  },
  "lane-down"(model, event, lane) {
    const { signal = null, exit = null } = event.data;
    const child = event.lane.includes("/");
    const lost = model.down(event, lane, { child });
    if (signal !== null || lost.length) {
      model.kills.push({
        t: event.t, lane: lane.name, child: child ? event.lane : "", signal, exit,
        by: orderedBy(model, event, lane),
        seq: event.seq, lost: lost.map((one) => one.key),
      });
    }
    if (child) return;
    lane.up = null;
    if (lane.name === "driver" && exit === 0) return; // the story has been told
    model.downs.push({ lane: lane.name, start: event.t, end: Infinity, signal, exit, seq: event.seq });
  },
  command(model, event) {
    const { action, target } = event.data;
    const lane = model.lane(target ?? event.lane).name;
    model.anchor(event).lane = lane;
    const opens = OPENS[action], closes = CLOSES[action];
    const open = model.spans.findLast(
      (s) => s.lane === lane && s.end === Infinity && s.kind === (opens ?? closes),
    );
    if (opens === "outage" && open) open.end = event.t;
    else if (opens && !open) model.spans.push({
      kind: opens, lane, start: event.t, end: Infinity, seq: event.seq, by: event.data.by,
    });
    else if (closes && open) open.end = event.t;
    else if (action === "clock") model.marks.push({ t: event.t, lane, text: "clock", seq: event.seq });
  },
  "broker-sample"(model, event) {
    const { depth, unacked, oldest } = event.data;
    if (depth !== undefined) {
      if (typeof depth === "object") for (const queue of Object.keys(depth ?? {})) model.queues.add(queue);
      model.depth.push({ t: event.t, n: total(depth), by: depth });
    }
    if (typeof unacked === "number") model.unacked.push({ t: event.t, n: unacked, oldest: oldest ?? 0 });
  },
  probe(model, event, lane) { model.probes.push({ t: event.t, lane: lane.name, ...event.data }); },
  mark(model, event, lane) {
    model.marks.push({ t: event.t, lane: lane.name, text: String(event.data.text ?? ""), seq: event.seq });
  },
  log(model, event, lane) { model.ticks.push({ t: event.t, lane: lane.name, seq: event.seq }); },
};

/** @type {Record<string, Trace.Fold>} */
const WEB_FOLDS = {
  "request-started"(model, event, lane) {
    // each process of a server counts its own requests
    const { method = "", path = "", request } = event.data;
    const label = `${method ?? ""} ${path ?? ""}`.trim();
    model.begin(event, lane, { kind: "request", name: label, label, short: String(method ?? ""), request });
  },
  "response-sent"(model, event, lane) {
    const { request, status, broken, process = null } = event.data;
    const open = model.under(lane.name).find(
      (one) => one.kind === "request" && one.request === request && one.process === process,
    );
    const failed = broken || status === null || status >= 500;
    if (open) model.finish(open, event, failed ? "failed" : "succeeded", status ? String(status) : "");
  },
  "background-started"(model, event, lane) {
    const where = event.data.on ?? "";
    model.begin(event, lane, {
      kind: "background", label: event.name ?? "", short: event.name ?? "", where, note: where,
    });
  },
  "background-ended"(model, event, lane) { endBackground(model, event, lane, "succeeded"); },
  "background-failed"(model, event, lane) { endBackground(model, event, lane, "failed"); },
  "stub-called"(model, event, lane) {
    const seconds = Math.min(event.data.seconds ?? 0, event.at);
    const { status = 200, path = "" } = event.data;
    lane.calls = true;
    const call = model.begin(event, lane, {
      kind: "call", name: path, label: path, short: "", start: event.at - seconds,
    });
    model.finish(call, event, status >= 400 ? "failed" : "succeeded", String(status));
  },
  "schedule-fired"(model, event, lane) {
    model.fires.push({ t: event.t, lane: lane.name, name: event.name ?? "", seq: event.seq });
  },
  "schedule-missed"(model, event, lane) {
    model.marks.push({
      t: event.t, lane: lane.name, text: `${event.name ?? ""}: ${event.data.why ?? ""}`, kind: "missed",
      seq: event.seq,
    });
  },
};

/** @type {Record<string, Trace.Fold>} */
const LOCK_FOLDS = {
  "lock-acquired"(model, event, lane) {
    model.spans.push({
      kind: "lock", lane: lane.name, start: event.t, end: Infinity, seq: event.seq, name: lockOf(event),
    });
  },
  "lock-released"(model, event, lane) {
    const name = lockOf(event);
    const span = model.spans.findLast(
      (s) => s.kind === "lock" && s.lane === lane.name && s.name === name && s.end === Infinity,
    );
    if (span) span.end = event.t;
  },
  "lock-rejected"(model, event, lane) {
    model.marks.push({
      t: event.t, lane: lane.name, text: event.data.key ?? event.name ?? "", kind: "lock", seq: event.seq,
    });
  },
};

/** @type {Record<string, Trace.Fold | undefined>} */
export const FOLDS = { ...RUN_FOLDS, ...LANE_FOLDS, ...TASK_FOLDS, ...WEB_FOLDS, ...LOCK_FOLDS };

/**
 * Who gave the command that a process died of, "" when nobody did.
 * @param {Trace.Model} model
 * @param {Trace.Event} event
 * @param {Trace.Lane} lane
 * @returns {string}
 */
function orderedBy(model, event, lane) {
  const { signal = null } = event.data;
  const command = model.events.findLast((e) => e.kind === "command" && base(e.data.target) === lane.name
    && event.t - e.t < 2 && SIGNAL_OF[e.data.action] === signal);
  return command?.data.by ?? "";
}

/** @type {(event: Trace.Event) => string} */
const lockOf = (event) => event.data.key ?? event.data.name ?? event.name ?? "";

/**
 * @param {Trace.Model} model
 * @param {Trace.Event} event
 * @param {Trace.Lane} lane
 * @param {Trace.State} state
 */
function endBackground(model, event, lane, state) {
  const open = model.under(lane.name).find((one) => one.kind === "background" && one.task === event.task);
  if (open) model.finish(open, event, state, event.data.error ?? "");
}

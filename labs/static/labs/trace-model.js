// Folds the events of a trace into what a timeline draws. Pure: no page, no clock, no colours.
// Live, replay and recording are the same calls: push() takes one contracted event after another, in the order of seq.

const ENDINGS = {
  "task-succeeded": "succeeded", "task-failed": "failed", "task-retried": "retrying",
  "task-rejected": "rejected", "task-revoked": "revoked", "task-discarded": "discarded",
};
const SIGNAL_OF = { kill: 9, terminate: 15, quit: 3 };
const PARENT = 10; // so long after the death of its child a pool's parent may still speak for the run, in seconds
const EARLY = 0.25; // an acknowledgement this long after the end still belongs to the run, in seconds

/** A lane's name without its child: `worker-1/2` is drawn in `worker-1`. */
export const base = (lane) => String(lane).split("/")[0];

/** Total of a depth given as a number, or as numbers by queue. */
export const total = (depth) => typeof depth === "number" ? depth
  : Object.values(depth ?? {}).reduce((sum, n) => sum + (Number(n) || 0), 0);

export class TraceModel {
  /** `lanes`: names in the order in which they are drawn; lanes that events name are added at the end. */
  constructor(lanes = []) {
    this.events = [];
    this.lanes = new Map();
    this.tasks = new Map();
    this.runs = []; // executions: of tasks, requests, background functions, calls of stubs
    this.links = [];
    this.holds = []; // a message that was out of sight in the broker
    this.downs = [];
    this.spans = []; // paused, frozen, outage, locks
    this.kills = [];
    this.sends = [];
    this.marks = [];
    this.ticks = []; // log lines
    this.fires = [];
    this.depth = [{ t: 0, n: 0 }];
    this.unacked = [];
    this.queues = new Set();
    this.probes = [];
    this.requeues = [];
    this.dropped = 0;
    this.forged = 0;
    this.t = 0;
    this.ended = false;
    this.outcome = "";
    this.knobs = {};
    this.anchors = new Map(); // seq -> { t, lane, run }
    this.shape = 0; // counts what changes the layout: a lane, a row
    this.names = new Map();
    this.#open = new Map();
    for (const name of lanes) this.lane(name);
  }

  #open; // lane -> runs under way
  #offset = 0;

  /** The lane of this name, made when it is new. */
  lane(name) {
    const own = base(name);
    let lane = this.lanes.get(own);
    if (!lane) {
      lane = { name: own, rows: [], up: null, pid: null, system: "", version: "", seen: 0, calls: false };
      this.lanes.set(own, lane);
      this.#open.set(own, []);
      this.shape += 1;
    }
    return lane;
  }

  pushAll(events) {
    for (const event of events) this.push(event);
    return this;
  }

  /** Take the next event. One that was seen already is left out, so that a resumed stream does no harm. */
  push(raw) {
    if (this.events.length && raw.seq <= this.events.at(-1).seq) return null;
    let t = raw.t + this.#offset;
    if (t < this.t) { this.#offset += this.t - t; t = this.t; } // a requeued run counts from its new claim
    const event = { ...raw, t, data: raw.data ?? {} };
    this.events.push(event);
    this.t = t;
    const lane = this.lane(event.lane);
    lane.seen += 1;
    this.anchors.set(event.seq, { t, lane: lane.name, run: null });
    if (event.data.forged) { // cannot have happened as it was told: shown, and folded into nothing
      this.forged += 1;
      this.marks.push({ t, lane: lane.name, text: event.kind, kind: "forged", seq: event.seq });
      return event;
    }
    const fold = FOLDS[event.kind];
    if (fold) fold(this, event, lane);
    return event;
  }

  task(event) {
    let task = this.tasks.get(event.task);
    if (!task) {
      const name = event.name ?? "task";
      const number = (this.names.get(name)?.count ?? 0) + 1;
      const letters = this.names.get(name)?.letters ?? this.#letters(name);
      this.names.set(name, { count: number, letters });
      task = { id: event.task, name, number, short: `${letters}${number}`, label: number > 1 ? `${name} ${number}` : name, sent: [], receipts: [], runs: [], acks: 0, events: [] };
      this.tasks.set(event.task, task);
    }
    task.events.push(event.seq);
    return task;
  }

  /** Initials that no other name has: `charge` is c, `export_ledger` e, a second name with e el. */
  #letters(name) {
    const taken = new Set([...this.names.values()].map((known) => known.letters));
    const words = name.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
    const choices = [words[0]?.[0], words.map((word) => word[0]).join(""), words[0]?.slice(0, 2), words[0]?.slice(0, 3), words.join("")];
    return choices.find((letters) => letters && !taken.has(letters)) ?? `t${taken.size}-`;
  }

  start(event, lane, more = {}) {
    const run = {
      key: `${event.kind}-${event.seq}`, kind: "task", task: event.task ?? "", name: event.name ?? "", number: 0, attempt: event.attempt ?? 1,
      lane: lane.name, child: event.lane, process: event.data.process ?? null, row: 0, start: event.t, end: Infinity, state: "running",
      startSeq: event.seq, endSeq: null, ack: null, after: null, redelivery: null, note: "", short: "", label: event.name ?? "", seqs: [event.seq], ...more,
    };
    run.row = this.row(lane, run);
    this.runs.push(run);
    this.#open.get(lane.name).push(run);
    this.anchors.get(event.seq).run = run;
    return run;
  }

  /** The lowest row of the lane that is free where this run begins. */
  row(lane, run) {
    let row = lane.rows.findIndex((last) => last.end <= run.start + 1e-9);
    if (row < 0) { row = lane.rows.length; this.shape += 1; }
    lane.rows[row] = run;
    return row;
  }

  finish(run, event, state, note = "") {
    run.end = event.t;
    run.state = state;
    run.endSeq = event.seq;
    run.seqs.push(event.seq);
    if (note) run.note = note;
    const open = this.#open.get(run.lane);
    const at = open.indexOf(run);
    if (at >= 0) open.splice(at, 1);
    const anchor = this.anchors.get(event.seq);
    anchor.run ??= run;
  }

  /** Runs under way in a lane, the first started first. */
  under(lane) { return this.#open.get(lane) ?? []; }

  /** The open run that an ending event ends: the same number, else the first started of this task in the lane. */
  ending(event, lane) {
    const open = this.under(lane.name).filter((run) => run.kind === "task" && run.task === event.task);
    return open.find((run) => event.data.run && run.number === event.data.run) ?? open[0] ?? null;
  }

  /** When the trace ends what is still open stays open: its bar reaches the end and says so. */
  close(event) {
    for (const open of this.#open.values()) for (const run of [...open]) this.finish(run, event, "unfinished");
    for (const span of this.spans) if (span.end === Infinity) span.end = event.t;
    for (const down of this.downs) if (down.end === Infinity) down.end = event.t;
  }

  down(event, lane, { child = false } = {}) {
    const name = event.lane;
    const mine = (run) => !child || run.child === name || (event.data.pid && run.process === event.data.pid);
    const lost = this.under(lane.name).filter(mine);
    for (const run of lost) this.finish(run, event, "lost");
    return lost;
  }
}

// One fold a kind: (model, event, lane).
const FOLDS = {
  "run-started"(model, event) { model.knobs = event.data.knobs ?? {}; },
  "run-requeued"(model, event) {
    for (const lane of model.lanes.values()) {
      model.down(event, lane);
      lane.up = null;
      if (lane.pid) model.downs.push({ lane: lane.name, start: event.t, end: Infinity, signal: null, exit: null, seq: event.seq });
    }
    model.requeues.push({ t: event.t, seq: event.seq });
  },
  "run-ended"(model, event) {
    model.close(event);
    model.ended = true;
    model.outcome = event.data.outcome ?? "";
  },
  "lane-up"(model, event, lane) {
    if (event.lane.includes("/")) return;
    if (event.data.system && event.data.system !== lane.system) model.shape += 1; // its name has a second line now
    Object.assign(lane, { up: event.t, pid: event.data.pid ?? null, system: event.data.system ?? lane.system, version: event.data.version ?? lane.version });
    const down = model.downs.findLast((d) => d.lane === lane.name && d.end === Infinity);
    if (down) down.end = event.t;
  },
  "lane-down"(model, event, lane) {
    const { signal = null, exit = null } = event.data;
    const child = event.lane.includes("/");
    const lost = model.down(event, lane, { child });
    const ordered = model.events.findLast((e) => e.kind === "command" && base(e.data.target) === lane.name && event.t - e.t < 2 && SIGNAL_OF[e.data.action] === signal);
    if (signal !== null || lost.length) model.kills.push({ t: event.t, lane: lane.name, child: child ? event.lane : "", signal, exit, by: ordered?.data.by ?? "", seq: event.seq, lost: lost.map((run) => run.key) });
    if (child) return;
    lane.up = null;
    if (lane.name === "driver" && exit === 0) return; // the story has been told
    model.downs.push({ lane: lane.name, start: event.t, end: Infinity, signal, exit, seq: event.seq });
  },
  "task-sent"(model, event, lane) {
    const task = model.task(event);
    task.sent.push({ t: event.t, seq: event.seq, eta: event.data.eta ?? null });
    model.sends.push({ t: event.t, lane: lane.name, task, seq: event.seq, kind: "sent" });
  },
  "task-received"(model, event, lane) {
    const task = model.task(event);
    const redelivery = task.redelivery ?? null;
    task.redelivery = null;
    task.receipts.push({ t: event.t, lane: lane.name, seq: event.seq, redelivery, taken: false });
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
    const receipt = task.receipts.find((r) => !r.taken && r.lane === lane.name) ?? task.receipts.find((r) => !r.taken) ?? null;
    if (receipt) receipt.taken = true;
    const before = task.runs.at(-1) ?? null;
    const run = model.start(event, lane, { number: event.data.run ?? task.runs.length + 1, short: task.short, label: task.label, name: task.name, redelivery: receipt?.redelivery ?? null });
    if (task.early === lane.name) { run.ack = task.earlyAt; task.early = null; }
    task.runs.push(run);
    if (run.redelivery) model.links.push({ kind: "redelivered", from: before, to: run, hold: run.redelivery });
    else if (before && before.end <= run.start) model.links.push({ kind: before.state === "lost" ? "redelivered" : "retrying", from: before, to: run, hold: null });
  },
  "task-acked"(model, event, lane) {
    const task = model.task(event);
    const mine = task.runs.filter((run) => run.lane === lane.name && run.ack === null);
    const run = mine.find((r) => event.data.run && r.number === event.data.run) ?? mine.find((r) => r.end === Infinity)
      ?? mine.findLast((r) => event.t - r.end < (r.state === "lost" ? PARENT : EARLY));
    task.acks += 1;
    if (!run) { Object.assign(task, { early: lane.name, earlyAt: event.t }); return; }
    run.ack = event.t;
    run.seqs.push(event.seq);
    model.anchors.get(event.seq).run = run;
  },
  "task-progress"(model, event, lane) {
    const task = model.task(event);
    const run = model.ending(event, lane);
    if (run) { model.anchors.get(event.seq).run = run; run.seqs.push(event.seq); }
    model.ticks.push({ t: event.t, lane: lane.name, seq: event.seq, task });
  },
  "request-started"(model, event, lane) {
    const label = `${event.data.method ?? ""} ${event.data.path ?? ""}`.trim();
    model.start(event, lane, { kind: "request", name: label, label, short: String(event.data.method ?? ""), request: event.data.request });
  },
  "response-sent"(model, event, lane) {
    const run = model.under(lane.name).find((r) => r.kind === "request" && r.request === event.data.request);
    const status = event.data.status;
    if (run) model.finish(run, event, event.data.broken || status === null || status >= 500 ? "failed" : "succeeded", status ? String(status) : "");
  },
  "background-started"(model, event, lane) {
    const where = event.data.on ?? "";
    model.start(event, lane, { kind: "background", label: event.name ?? "", short: event.name ?? "", where, note: where });
  },
  "background-ended"(model, event, lane) { endBackground(model, event, lane, "succeeded"); },
  "background-failed"(model, event, lane) { endBackground(model, event, lane, "failed"); },
  "schedule-fired"(model, event, lane) { model.fires.push({ t: event.t, lane: lane.name, name: event.name ?? "", seq: event.seq }); },
  "broker-sample"(model, event) {
    const { depth, unacked, oldest } = event.data;
    if (depth !== undefined) {
      if (typeof depth === "object") for (const queue of Object.keys(depth ?? {})) model.queues.add(queue);
      model.depth.push({ t: event.t, n: total(depth), by: depth });
    }
    if (typeof unacked === "number") model.unacked.push({ t: event.t, n: unacked, oldest: oldest ?? 0 });
  },
  "stub-called"(model, event, lane) {
    const seconds = Math.min(event.data.seconds ?? 0, event.t);
    const { status = 200, path = "" } = event.data;
    lane.calls = true;
    const run = model.start(event, lane, { kind: "call", name: path, label: path, short: "", start: event.t - seconds });
    model.finish(run, event, status >= 400 ? "failed" : "succeeded", String(status));
  },
  probe(model, event, lane) { model.probes.push({ t: event.t, lane: lane.name, ...event.data }); },
  command(model, event) {
    const { action, target } = event.data;
    const lane = model.lane(target ?? event.lane).name;
    model.anchors.get(event.seq).lane = lane;
    const opens = { pause: "paused", freeze: "frozen", outage: "outage" }[action];
    const closes = { resume: "paused", thaw: "frozen" }[action];
    const open = model.spans.findLast((s) => s.lane === lane && s.end === Infinity && s.kind === (opens ?? closes));
    if (opens === "outage" && open) open.end = event.t;
    else if (opens && !open) model.spans.push({ kind: opens, lane, start: event.t, end: Infinity, seq: event.seq, by: event.data.by });
    else if (closes && open) open.end = event.t;
    else if (action === "clock") model.marks.push({ t: event.t, lane, text: "clock", seq: event.seq });
  },
  "lock-acquired"(model, event, lane) {
    model.spans.push({ kind: "lock", lane: lane.name, start: event.t, end: Infinity, seq: event.seq, name: event.data.key ?? event.data.name ?? event.name ?? "" });
  },
  "lock-released"(model, event, lane) {
    const name = event.data.key ?? event.data.name ?? event.name ?? "";
    const span = model.spans.findLast((s) => s.kind === "lock" && s.lane === lane.name && s.name === name && s.end === Infinity);
    if (span) span.end = event.t;
  },
  "lock-rejected"(model, event, lane) {
    model.marks.push({ t: event.t, lane: lane.name, text: event.data.key ?? event.name ?? "", kind: "lock", seq: event.seq });
  },
  mark(model, event, lane) { model.marks.push({ t: event.t, lane: lane.name, text: String(event.data.text ?? ""), seq: event.seq }); },
  log(model, event, lane) { model.ticks.push({ t: event.t, lane: lane.name, seq: event.seq }); },
  dropped(model, event) {
    const { count, ...rest } = event.data;
    model.dropped += typeof count === "number" ? count : total(count ?? rest);
  },
};

for (const [kind, state] of Object.entries(ENDINGS)) FOLDS[kind] = (model, event, lane) => {
  const task = model.task(event);
  const note = event.data.exception ?? event.data.why ?? "";
  const run = model.ending(event, lane);
  if (run) { model.finish(run, event, state, note); return; }
  const dead = task.runs.findLast((r) => r.lane === lane.name && r.state === "lost" && !r.after && lane.up !== null && event.t - r.end < PARENT && (!event.data.run || r.number === event.data.run));
  if (dead) { // the pool's parent says what became of the run whose child died
    dead.after = { t: event.t, state };
    dead.note = note;
    dead.seqs.push(event.seq);
    model.anchors.get(event.seq).run = dead;
    return;
  }
  if (!["revoked", "rejected", "discarded", "failed"].includes(state)) return;
  const receipt = task.receipts.find((r) => !r.taken && r.lane === lane.name);
  if (receipt) receipt.taken = true;
  const flat = model.start(event, lane, { label: task.label, short: task.short, name: task.name, ran: false, attempt: event.attempt ?? 0 });
  model.finish(flat, event, state, note);
};

function endBackground(model, event, lane, state) {
  const run = model.under(lane.name).find((r) => r.kind === "background" && r.task === event.task);
  if (run) model.finish(run, event, state, event.data.error ?? "");
}

/** Stretches of at least `least` seconds in which nothing happened but samples: [{ from, to }]. */
export function idle(events, least = 2) {
  const gaps = [];
  let last = 0;
  for (const event of events) {
    if (event.kind === "broker-sample" || event.kind === "probe") continue;
    if (event.t - last >= least) gaps.push({ from: last, to: event.t });
    last = Math.max(last, event.t);
  }
  return gaps;
}

/** Time to length and back. With gaps, each of them is drawn `kept` seconds long. */
export class Timescale {
  constructor(gaps = [], kept = 0.6) {
    this.gaps = gaps.filter((gap) => gap.to - gap.from > kept + 0.4).map((gap) => ({ from: gap.from + 0.2, to: gap.to - 0.2 }));
    this.kept = kept;
  }

  length(t) {
    let saved = 0;
    for (const { from, to } of this.gaps) {
      if (t <= from) break;
      if (t >= to) saved += to - from - this.kept;
      else return from - saved + ((t - from) / (to - from)) * this.kept;
    }
    return t - saved;
  }

  time(length) {
    let saved = 0;
    for (const { from, to } of this.gaps) {
      const at = from - saved;
      if (length <= at) break;
      if (length < at + this.kept) return from + ((length - at) / this.kept) * (to - from);
      saved += to - from - this.kept;
    }
    return length + saved;
  }
}

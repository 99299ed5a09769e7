// Folds the events of a trace into what a timeline draws. Pure: no page, no clock, no colours.
// Live, replay and recording are the same calls: push() takes one event after another, in the order of seq.
import { base, initials, isOf, keyOf, numberOf, wholeName } from "./fields.js";
import { SenderClock } from "./sender-clock.js";
import { FOLDS } from "./folds.js";

/** What a task's execution is while nothing more is known of it. */
const UNKNOWN = {
  number: 0, end: Infinity, endSeq: null, ack: null, after: null, redelivery: null, note: "", short: "",
};

const OF_BROKER = new Set(["lane-up", "broker-sample"]);

/**
 * Is the execution of the task that the event names? One without a name is of any.
 * @param {Trace.Execution} execution
 * @param {Trace.Event} event
 */
const isSame = (execution, event) => !wholeName(event) || execution.whole === wholeName(event);

export class TraceModel {
  /** @type {Map<string, Trace.Execution[]>} executions under way, by lane */
  #open = new Map();
  #offset = 0;
  #clock = new SenderClock();
  /** @type {Map<string, string>} key of the task that had an id last */
  #keys = new Map();

  /** @param {string[]} lanes names in the order of drawing; lanes that only events name come at the end */
  constructor(lanes = []) {
    /** @type {Trace.Event[]} */ this.events = [];
    /** @type {Map<string, Trace.Lane>} */ this.lanes = new Map();
    /** @type {Map<string, Trace.Task>} by id and name: two tasks may have one id */ this.tasks = new Map();
    /** @type {Trace.Execution[]} of tasks, requests, background functions, stubs */ this.executions = [];
    /** @type {Trace.Link[]} */ this.links = [];
    /** @type {Trace.Hold[]} */ this.holds = [];
    /** @type {Trace.Down[]} */ this.downs = [];
    /** @type {Trace.Span[]} paused, frozen, outage, locks */ this.spans = [];
    /** @type {Trace.Kill[]} */ this.kills = [];
    /** @type {Trace.Send[]} */ this.sends = [];
    /** @type {Trace.Mark[]} */ this.marks = [];
    /** @type {Trace.Tick[]} log lines */ this.ticks = [];
    /** @type {Trace.Fire[]} */ this.fires = [];
    /** @type {Trace.Wait[]} messages that wait, and why */ this.waits = [];
    /** @type {Trace.Depth[]} */ this.depth = [{ t: 0, n: 0 }];
    /** @type {Trace.Unacked[]} */ this.unacked = [];
    /** @type {Set<string>} */ this.queues = new Set();
    /** @type {Trace.Probe[]} */ this.probes = [];
    /** @type {Trace.Late[]} */ this.late = [];
    /** @type {Trace.Busy} */ this.busy = {};
    /** @type {{ t: number, seq: number }[]} */ this.requeues = [];
    /** @type {Map<number, Trace.Anchor>} by seq */ this.anchors = new Map();
    /** @type {Record<string, unknown>} */ this.knobs = {};
    this.dropped = 0;
    this.forged = 0;
    this.t = 0;
    this.ended = false;
    this.outcome = "";
    this.shape = 0; // counts what changes the layout: a lane, a row
    /** @type {Map<string, { count: number, letters: string, last: string }>} by whole name */
    this.names = new Map();
    // A jail always has a broker; a lab whose processes use none has no lane for it.
    this.hasBroker = !lanes.length || lanes.includes("broker");
    for (const name of lanes) this.lane(name);
  }

  /**
   * The lane of this name, made when it is new.
   * @param {string} name
   */
  lane(name) {
    const own = base(name);
    let lane = this.lanes.get(own);
    if (!lane) {
      lane = { name: own, rows: [], up: null, pid: null, system: "", version: "", seen: 0, calls: false };
      this.lanes.set(own, lane);
      this.shape += 1;
    }
    return lane;
  }

  /** @param {Trace.Raw[]} events */
  pushAll(events) {
    for (const event of events) this.push(event);
    return this;
  }

  /**
   * Take the next event. One that was seen already is left out, so that a resumed stream does no harm.
   * @param {Trace.Raw} raw
   * @returns {Trace.Event | null}
   */
  push(raw) {
    const last = this.events.at(-1);
    if (last && raw.seq <= last.seq) return null;
    let t = raw.t + this.#offset;
    if (t < this.t) { this.#offset += this.t - t; t = this.t; } // a requeued run counts from its new claim
    const event = { ...raw, t, at: t, data: raw.data ?? {} };
    this.events.push(event);
    this.t = t;
    if (event.kind === "run-requeued") this.#clock = new SenderClock(); // another jail, another zero
    if (this.#clock.read(event)) this.shape += 1;
    if (!this.hasBroker && OF_BROKER.has(event.kind) && base(event.lane) === "broker") {
      this.anchors.set(event.seq, { t, lane: "broker", execution: null });
      return event;
    }
    const lane = this.lane(event.lane);
    lane.seen += 1;
    this.anchors.set(event.seq, { t, lane: lane.name, execution: null });
    if (event.data.forged) { // cannot have happened as it was told: shown, and folded into nothing
      this.forged += 1;
      this.marks.push({ t, lane: lane.name, text: event.kind, kind: "forged", seq: event.seq });
      return event;
    }
    FOLDS[event.kind]?.(this, event, lane);
    return event;
  }

  /**
   * The task of an event, made when it is new.
   * @param {Trace.Event} event
   */
  task(event) {
    const known = this.taskOf(event);
    const task = known ?? this.#newTask(event);
    task.events.push(event.seq);
    return task;
  }

  /**
   * The task that an event or an execution is of, null where none is known.
   * @param {{ task?: string | null, name?: string | null, data?: Record<string, any>, whole?: string }} of
   */
  taskOf(of) {
    if (!of.task) return null;
    const key = wholeName(of) ? keyOf(of) : this.#keys.get(of.task) ?? "";
    return this.tasks.get(key) ?? null;
  }

  /** @param {Trace.Event} event */
  #newTask(event) {
    const id = event.task ?? "", name = event.name ?? "task", whole = wholeName(event) || name;
    const known = this.names.get(whole), number = (known?.count ?? 0) + 1;
    const letters = known?.letters ?? initials(name, [...this.names.values()].map((one) => one.letters));
    this.names.set(whole, { count: number, letters, last: name });
    /** @type {Trace.Task} */
    const task = {
      id, name, whole, number, short: `${letters}${number}`, label: "", sent: [], receipts: [],
      executions: [], acks: 0, events: [], redelivery: null, early: null, wait: null, waits: [],
    };
    this.tasks.set(keyOf(event), task);
    this.#keys.set(id, keyOf(event));
    const alike = number === 1
      && [...this.names.values()].some((other) => other.last === name && other.letters !== letters);
    for (const one of alike ? this.tasks.values() : [task]) if (one.name === name) this.#label(one);
    return task;
  }

  /**
   * Tasks whose names end alike are shown with the whole of them: names that differ look different.
   * @param {Trace.Task} task
   */
  #label(task) {
    const alike = [...this.names.values()].filter(({ last }) => last === task.name).length > 1;
    const words = alike ? task.whole : task.name;
    task.label = task.number > 1 ? `${words} ${task.number}` : words;
    for (const execution of this.executions) {
      if (execution.kind === "task" && isOf(execution, task)) execution.label = task.label;
    }
  }

  /**
   * An execution begins.
   * @param {Trace.Event} event
   * @param {Trace.Lane} lane
   * @param {Partial<Trace.Execution>} more
   */
  begin(event, lane, more = {}) {
    /** @type {Trace.Execution} */
    const execution = {
      ...UNKNOWN, key: `${event.kind}-${event.seq}`, kind: "task", task: event.task ?? "",
      name: event.name ?? "", whole: wholeName(event), attempt: event.attempt ?? 1, lane: lane.name,
      child: event.lane, process: event.data.process ?? null, seqs: [event.seq], startSeq: event.seq,
      acknowledges: lane.system === "celery" || lane.system === "", label: event.name ?? "", row: 0,
      start: event.at, state: "running", ...more,
    };
    if (more.start === undefined) this.#clock.place(event, execution, "start");
    execution.row = this.#row(lane, execution);
    this.executions.push(execution);
    const open = this.#open.get(lane.name);
    if (open) open.push(execution);
    else this.#open.set(lane.name, [execution]);
    this.anchor(event).execution = execution;
    return execution;
  }

  /**
   * The lowest row of the lane that is free where this execution begins.
   * @param {Trace.Lane} lane
   * @param {Trace.Execution} execution
   */
  #row(lane, execution) {
    let row = lane.rows.findIndex((last) => last.end <= execution.start + 1e-9);
    if (row < 0) { row = lane.rows.length; this.shape += 1; }
    lane.rows[row] = execution;
    return row;
  }

  /**
   * @param {Trace.Execution} execution
   * @param {Trace.Event} event the event that ends it
   * @param {Trace.State} state
   */
  finish(execution, event, state, note = "") {
    execution.end = Math.max(event.at, execution.start);
    if (event.at >= execution.start) this.#clock.place(event, execution, "end");
    execution.state = state;
    execution.endSeq = event.seq;
    execution.seqs.push(event.seq);
    if (note) execution.note = note;
    const open = this.under(execution.lane), at = open.indexOf(execution);
    if (at >= 0) open.splice(at, 1);
    this.anchor(event).execution ??= execution;
  }

  /**
   * Where an event that was taken is drawn.
   * @param {Trace.Event} event
   */
  anchor(event) {
    const anchor = this.anchors.get(event.seq);
    if (!anchor) throw new Error(`event ${event.seq} was not pushed`);
    return anchor;
  }

  /**
   * Executions under way in a lane, the first started first.
   * @param {string} lane
   */
  under(lane) { return this.#open.get(lane) ?? []; }

  /**
   * The open execution that an event is of: by its number, else the first started of its task in the lane.
   * @param {Trace.Event} event
   * @param {Trace.Lane} lane
   */
  ending(event, lane) {
    const open = this.under(lane.name).filter(
      (one) => one.kind === "task" && one.task === event.task && isSame(one, event),
    );
    const number = numberOf(event);
    return (number ? open.find((one) => one.number === number) : open[0]) ?? null;
  }

  /**
   * An acknowledgement, by the sender's clock.
   * @param {Trace.Event} event
   * @param {Trace.Execution} execution
   */
  acked(event, execution) {
    execution.ack = event.at;
    this.#clock.place(event, execution, "ack");
  }

  /**
   * A message no longer waits in this lane: it has started, or nothing will come of it.
   * @param {Trace.Task} task
   * @param {Trace.Event} event
   */
  waited(task, event) {
    if (task.wait) task.wait.end = Math.max(event.at, task.wait.start);
    task.wait = null;
  }

  /**
   * When the trace ends what is still open stays open: its bar reaches the end and says so.
   * @param {Trace.Event} event
   */
  close(event) {
    const open = [...this.#open.values()].flat(); // a copy: finish() takes each out of `#open`
    for (const one of open) this.finish(one, event, "unfinished");
    for (const span of this.spans) if (span.end === Infinity) span.end = event.t;
    for (const wait of this.waits) if (wait.end === Infinity) wait.end = event.t;
    for (const down of this.downs) if (down.end === Infinity) down.end = event.t;
  }

  /**
   * A process has gone: what it ran is lost.
   * @param {Trace.Event} event
   * @param {Trace.Lane} lane
   */
  down(event, lane, { child = false } = {}) {
    const { pid } = event.data;
    const lost = this.under(lane.name).filter(
      (one) => !child || one.child === event.lane || (pid && one.process === pid),
    );
    for (const one of lost) this.finish(one, event, "lost");
    return lost;
  }
}

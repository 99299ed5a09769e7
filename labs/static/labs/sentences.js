// Executions and events in words, as the timeline, the table, the log and a screen reader say them.
import { timeOfDay, zoneInWords } from "../js/clock.js";
import { numberOf } from "./trace/fields.js";
import { NOTICEABLE } from "./trace/lateness.js";
import { fixed, say, stateWord } from "./words.js";

/**
 * The glyph and colour that a state is drawn with; rarer states borrow the nearest.
 * @type {Record<Trace.State, string>}
 */
export const LOOK = {
  queued: "queued", running: "running", retrying: "retrying", succeeded: "succeeded", failed: "failed",
  lost: "lost",
  redelivered: "redelivered", revoked: "revoked", rejected: "revoked", discarded: "revoked",
  ignored: "revoked", replaced: "revoked",
  cancelled: "revoked", expired: "revoked", unfinished: "running",
};

/**
 * The state of an execution at time t.
 * @param {Trace.Execution} execution
 * @param {number} t
 * @returns {Trace.State}
 */
export const stateAt = ({ start, end, state }, t) => (t < start ? "queued" : t < end ? "running" : state);

/**
 * Has the execution been acknowledged by then?
 * @param {Trace.Execution} execution
 * @param {number} t
 */
export const ackedAt = ({ ack }, t) => ack !== null && ack <= t;

/**
 * What a pool's parent has said by then of the execution whose child died, null while it has said nothing.
 * @param {Trace.Execution} execution
 * @param {number} t
 */
export const afterAt = ({ after }, t) => (after && after.t <= t ? after : null);

/**
 * One execution at time t in one sentence.
 * @param {Trace.Execution} execution
 * @param {number} t
 */
export function describe(execution, t) {
  const { start, end, ack, label } = execution;
  const state = stateAt(execution, t), isTask = execution.kind === "task", after = afterAt(execution, t);
  const parts = isTask ? named(execution) : [label, say(`execution.${execution.kind}`)];
  if (execution.redelivery) parts.push(stateWord("redelivered"));
  parts.push(execution.child, stateWord(state));
  if (state === "running") parts.push(say("execution.since", { t: fixed(start) }));
  else if (execution.ran === false || end - start < 0.0005) parts.push(
    say("execution.at", { t: fixed(end) }),
  );
  else parts.push(say("execution.fromto", { from: fixed(start), to: fixed(end) }));
  if (ack !== null && ackedAt(execution, t)) parts.push(say("execution.acked", { t: fixed(ack) }));
  if (after) parts.push(say("execution.after", { state: stateWord(after.state), t: fixed(after.t) }));
  if (execution.note && state !== "running") parts.push(execution.note);
  return parts.join(", ");
}

/**
 * A task's name, its short name, and which attempt or start this is.
 * @param {Trace.Execution} execution
 */
function named({ label, short, attempt, number, ran }) {
  const again = attempt > 1 ? `\u00b7${attempt}` : "", parts = [label + again];
  if (short && short !== label) parts.push(short + again);
  if (ran === false) parts.push(say("execution.never"));
  else parts.push(
    attempt > 1
      ? say("execution.attempt", { count: attempt })
      : say("execution.start", { count: number || 1 }),
  );
  return parts;
}

/**
 * How busy the machine was in a run that has ended; "" where it was on time.
 * @param {Trace.Busy} busy
 */
export function lateInWords({ worst = 0, total = 0, pressure = null }) {
  if (worst < NOTICEABLE) return "";
  const waited = pressure === null ? "" : say("late.pressure", { percent: Math.round(pressure * 100) });
  return `${say("late.run", { worst: fixed(worst), total: fixed(total, 1) })} ${waited}`.trim();
}

/** @type {Record<number, string | undefined>} */
const HOW = { 9: "kill -9", 15: "SIGTERM", 3: "SIGQUIT", 19: "SIGSTOP", 18: "SIGCONT" };

/** @param {number} signal */
export const signalName = (signal) => HOW[signal] ?? say("signal", { number: signal });

/**
 * @typedef {[look: string, word: string, rest: string]} Sentence the state whose colour it has, a word, the
 *   rest
 */

/**
 * What an event says.
 * @param {Trace.Event} event
 * @param {Trace.Model} model
 * @returns {Sentence}
 */
export function sentence(event, model) {
  if (!event.data.forged) return plain(event, model);
  const { forged, ...data } = event.data;
  const [, kind, rest] = plain({ ...event, data }, model);
  return ["failed", say("forged"), `${[kind, rest].filter(Boolean).join(" ")}: ${forged}`];
}

/** @typedef {string | number | null | undefined | false} Part */

/** @param {(Part | Part[])[]} parts */
const list = (...parts) => parts.flat().filter(Boolean).join(", ");
/** @param {unknown} value */
const shown = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
/** @param {Record<string, unknown>} data */
const pairs = (data) => Object.entries(data).map(([key, value]) => `${key} ${shown(value)}`);
/** @param {Trace.Event} event @param {string[]} names */
const more = ({ data }, names) =>
  names.filter((name) => ![undefined, null, ""].includes(data[name]))
    .map((name) => `${name} ${shown(data[name])}`);

/** @param {Trace.Busy | undefined} busy "" where the machine was on time */
const late = (busy) => (busy?.worst && busy.worst >= NOTICEABLE
  ? say("late.upto", { worst: fixed(busy.worst) })
  : "");

/** @typedef {{ name: string, attempt: string[] }} Subject the task that an event is of */
/**
 * @typedef {(d: Record<string, any>, event: Trace.Event, subject: Subject) => [look: string, rest: string]}
 *   Say
 */

/**
 * When a message is due, by the reader's clock. A time without a zone is shown as it is: nobody can say when
 * it is.
 * @param {unknown} text ISO 8601
 */
function dueAt(text) {
  const iso = String(text), when = new Date(iso);
  if (!/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) || Number.isNaN(when.valueOf())) return iso.slice(11, 19) || iso;
  return `${timeOfDay(when, "second")} ${zoneInWords()}`;
}

/** @type {Say} */
const without = (_, event, { name }) =>
  ["revoked", list(name, event.data.why, more(event, ["expired", "terminated", "requeue"]))];

/** @type {Record<string, Say | undefined>} */
const OF_TASKS = {
  "task-sent": (d, _, { name, attempt }) => [
    "queued",
    list(name, attempt, d.queue && d.queue !== "celery" ? d.queue : "", d.eta ? `eta ${dueAt(d.eta)}` : ""),
  ],
  "task-received": (_d, _e, { name, attempt }) => ["", list(name, attempt)],
  "task-started": (_, event, { name, attempt }) => {
    const number = numberOf(event) ?? 0;
    return ["running", list(name, attempt, number > 1 ? say("execution.start", { count: number }) : "")];
  },
  "task-succeeded": (_d, _e, { name, attempt }) => ["succeeded", list(name, attempt)],
  "task-failed": (d, _, { name, attempt }) => ["failed", list(name, attempt, d.exception)],
  "task-retried": (d, _, { name, attempt }) => ["retrying", list(name, attempt, d.exception)],
  "task-revoked": without,
  "task-rejected": without,
  "task-discarded": without,
  "task-ignored": without,
  "task-cancelled": without,
  "task-expired": without,
  "task-replaced": (d, _, { name }) => ["revoked", list(name, d.by_name, d.by)],
  "task-waiting": (d, _, { name }) => [
    "queued", list(name, say(`waiting.${d.why}`), d.until ? dueAt(d.until) : ""),
  ],
  "task-limit": (d, _, { name }) => [
    "failed", list(name, say(`limit.${d.limit}`), d.seconds ? `${d.seconds} s` : ""),
  ],
  "task-redelivered": (_d, _e, { name }) => ["redelivered", name],
  "task-acked": (_d, _e, { name }) => ["", name],
  "task-progress": (_, event, { name }) => ["", list(name, more(event, ["state", "meta"]))],
};

/** @type {Record<string, Say | undefined>} */
const OF_OTHERS = {
  "run-started": (d) => [
    "", Object.entries(d.knobs ?? {}).map(([key, value]) => `${key} ${value}`).join(", "),
  ],
  "run-ended": (d) => ["", list(d.outcome ? say(`outcome.${d.outcome}`) : "", d.reason, late(d.lateness))],
  lateness: (d) => ["", late(d)],
  "lane-up": (d) => ["", list(d.pid ? `pid ${d.pid}` : "", d.system, d.version)],
  "lane-down": (d) => [
    d.signal ? "lost" : "",
    list(d.pid ? `pid ${d.pid}` : "", d.signal ? "" : say("exit", { code: d.exit ?? 0 })),
  ],
  command: (d) => [
    ["kill", "terminate", "quit"].includes(d.action) ? "lost" : "",
    `${say(`action.${d.action}`)} ${d.target}`,
  ],
  "broker-sample": (_, event) => ["", list(more(event, ["depth", "unacked", "oldest"]))],
  "stub-called": (d) => [
    d.status >= 400 ? "failed" : "",
    list(`${d.path ?? ""} ${d.status ?? ""}`.trim(), d.seconds ? `${fixed(d.seconds)} s` : ""),
  ],
  "request-started": (d) => ["running", `${d.method ?? ""} ${d.path ?? ""}`.trim()],
  "response-sent": (d) => [
    d.broken || d.status >= 500 ? "failed" : "succeeded",
    list(
      `${d.path ?? ""} ${d.status ?? ""}`.trim(), d.seconds !== undefined ? `${fixed(d.seconds, 3)} s` : "",
    ),
  ],
  "background-started": (d, event) => ["running", list(event.name, d.on ? say(`on.${d.on}`) : "")],
  "background-ended": (_, event) => ["succeeded", event.name ?? ""],
  "background-failed": (d, event) => ["failed", list(event.name, d.error)],
  probe: (_, event) => ["", list(more(event, ["count", "p50", "p99", "worst", "failed"]))],
  mark: ({ text, ...rest }) => [
    "", list(text, Object.entries(rest).map(([key, value]) => `${key} ${value}`)),
  ],
  log: (d) => ["", String(d.text ?? d.line ?? d.message ?? "")],
  dropped: (d) => ["failed", pairs(d).join(", ")],
};

/**
 * @param {Trace.Event} event
 * @param {Trace.Model} model
 * @returns {Sentence}
 */
function plain(event, model) {
  const task = model.taskOf(event);
  const attempt = (event.attempt ?? 0) > 1 ? [say("execution.attempt", { count: event.attempt })] : [];
  const subject = { name: task ? task.label : event.name ?? "", attempt };
  const said = OF_TASKS[event.kind] ?? OF_OTHERS[event.kind];
  const [look, rest] = said ? said(event.data, event, subject) : ["", list(subject.name, pairs(event.data))];
  return [look, word(event), rest];
}

/**
 * The word of an event: of most their kind, of a death its signal, of a command who gave it.
 * @param {Trace.Event} event
 */
function word({ kind, data }) {
  if (kind === "lane-down" && data.signal) return signalName(data.signal);
  if (kind === "command") {
    return say(data.by === "learner" ? "by.you" : data.by === "program" ? "by.program" : "by.driver");
  }
  if (kind === "lateness" && !late(data)) return say("kind.on-time");
  return say(`kind.${kind}`);
}

// The trace as files: our own JSON, and the trace-event format that Chrome and Perfetto open.
import { base } from "./trace/fields.js";

/** @typedef {Record<string, unknown>} Entry */

const INSTANTS = new Set([
  "task-sent", "task-redelivered", "lane-up", "lane-down", "command", "mark", "schedule-fired", "task-acked",
]);
/** @param {number} t */
const us = (t) => Math.round(t * 1e6);

/**
 * Chrome's trace-event format: a process a lane, a slice an execution, counters for the broker, instants for
 * the rest.
 * @param {Trace.Model} model
 * @param {string} title
 */
export function chromeTrace(model, title) {
  const pids = new Map([...model.lanes.keys()].map((name, i) => [name, i + 1]));
  const out = [
    ...processes(model, title), ...slices(model, pids), ...links(model, pids), ...counters(model, pids),
    ...instants(model, pids),
  ];
  return { traceEvents: out, displayTimeUnit: "ms", otherData: { title } };
}

/** @typedef {Map<string, number>} Pids */

/** @param {Trace.Model} model @param {string} title @returns {Entry[]} */
function processes({ lanes }, title) {
  const own = [...lanes.values()].flatMap((lane, i) => {
    const { name } = lane, pid = i + 1;
    return [
      { name: "process_name", ph: "M", pid, tid: 0, args: { name } },
      { name: "process_sort_index", ph: "M", pid, tid: 0, args: { sort_index: pid } },
      ...lane.rows.map(
        (_, row) => ({
          name: "thread_name", ph: "M", pid, tid: row + 1, args: { name: `${name} ${row + 1}` },
        }),
      ),
    ];
  });
  return [{ name: "process_name", ph: "M", pid: 0, tid: 0, args: { name: title } }, ...own];
}

/** @param {Trace.Model} model @param {Pids} pids @returns {Entry[]} */
const slices = (model, pids) => model.executions.map((one) => {
  const { label, name, kind, start, lane, row, task, number, attempt, state, ack, note } = one;
  const end = Number.isFinite(one.end) ? one.end : model.t;
  return {
    name: label || name, cat: kind, ph: "X", ts: us(start), dur: Math.max(1, us(end) - us(start)),
    pid: pids.get(lane), tid: row + 1,
    args: { task, start: number, attempt, state, acknowledged: ack, note },
  };
});

/** @param {Trace.Model} model @param {Pids} pids @returns {Entry[]} */
const links = (model, pids) => model.links.flatMap(({ kind: name, from, to, hold }, id) => {
  if (hold || !from || !Number.isFinite(from.end)) return [];
  return [
    { name, cat: "link", ph: "s", id, ts: us(from.end) - 1, pid: pids.get(from.lane), tid: from.row + 1 },
    { name, cat: "link", ph: "f", bp: "e", id, ts: us(to.start), pid: pids.get(to.lane), tid: to.row + 1 },
  ];
});

/** @param {Trace.Model} model @param {Pids} pids @returns {Entry[]} */
function counters(model, pids) {
  const pid = pids.get("broker") ?? 0;
  const depth = model.depth.slice(1).map(
    ({ t, n, by }) => ({
      name: "queue depth", ph: "C", ts: us(t), pid, tid: 0, args: typeof by === "object" ? by : { depth: n },
    }),
  );
  return [
    ...depth,
    ...model.unacked.map(
      ({ t, n }) => ({ name: "unacked", ph: "C", ts: us(t), pid, tid: 0, args: { unacked: n } }),
    ),
  ];
}

/** @param {Trace.Model} model @param {Pids} pids @returns {Entry[]} */
const instants = (model, pids) => model.events.filter((event) => INSTANTS.has(event.kind)).map((event) => {
  const { data, kind, t } = event;
  const words = [data.forged ? "not counted:" : "", kind, event.name ?? data.text ?? data.action ?? ""];
  return {
    name: words.join(" ").trim(), cat: kind, ph: "i", s: "p", ts: us(t), pid: pids.get(base(event.lane)),
    tid: 0, args: data,
  };
});

/**
 * @param {string} name
 * @param {unknown} content
 */
export function save(name, content) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}

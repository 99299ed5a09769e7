// The trace as files: our own JSON, and the trace-event format that Chrome and Perfetto open.

/** Chrome's trace-event format: a process a lane, a slice an execution, counters for the broker, instants for the rest. */
export function chromeTrace(model, title) {
  const out = [], us = (t) => Math.round(t * 1e6);
  const ids = new Map([...model.lanes.keys()].map((name, i) => [name, i + 1]));
  out.push({ name: "process_name", ph: "M", pid: 0, tid: 0, args: { name: title } });
  for (const [name, pid] of ids) {
    out.push({ name: "process_name", ph: "M", pid, tid: 0, args: { name } }, { name: "process_sort_index", ph: "M", pid, tid: 0, args: { sort_index: pid } });
    model.lanes.get(name).rows.forEach((_, row) => out.push({ name: "thread_name", ph: "M", pid, tid: row + 1, args: { name: `${name} ${row + 1}` } }));
  }
  for (const run of model.runs) {
    const end = Number.isFinite(run.end) ? run.end : model.t;
    out.push({ name: run.label || run.name, cat: run.kind, ph: "X", ts: us(run.start), dur: Math.max(1, us(end) - us(run.start)), pid: ids.get(run.lane), tid: run.row + 1,
      args: { task: run.task, start: run.number, attempt: run.attempt, state: run.state, acknowledged: run.ack, note: run.note } });
  }
  model.links.forEach((link, i) => {
    const from = link.hold ? null : link.from;
    if (!from || !Number.isFinite(from.end)) return;
    out.push({ name: link.kind, cat: "link", ph: "s", id: i, ts: us(from.end) - 1, pid: ids.get(from.lane), tid: from.row + 1 }, { name: link.kind, cat: "link", ph: "f", bp: "e", id: i, ts: us(link.to.start), pid: ids.get(link.to.lane), tid: link.to.row + 1 });
  });
  const broker = ids.get("broker") ?? 0;
  for (const sample of model.depth.slice(1)) out.push({ name: "queue depth", ph: "C", ts: us(sample.t), pid: broker, tid: 0, args: typeof sample.by === "object" ? sample.by : { depth: sample.n } });
  for (const sample of model.unacked) out.push({ name: "unacked", ph: "C", ts: us(sample.t), pid: broker, tid: 0, args: { unacked: sample.n } });
  const instants = new Set(["task-sent", "task-redelivered", "lane-up", "lane-down", "command", "mark", "schedule-fired", "task-acked"]);
  for (const event of model.events) {
    if (!instants.has(event.kind)) continue;
    const name = [event.data.forged ? "not counted:" : "", event.kind, event.name ?? event.data.text ?? event.data.action ?? ""].join(" ").trim();
    out.push({ name, cat: event.kind, ph: "i", s: "p", ts: us(event.t), pid: ids.get(String(event.lane).split("/")[0]), tid: 0, args: event.data });
  }
  return { traceEvents: out, displayTimeUnit: "ms", otherData: { title } };
}

export function save(name, content) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}

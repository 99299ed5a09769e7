// Every sentence that a script shows comes from the page, so that it is translated where the templates are.

const node = document.getElementById("bench-words");
const catalogue = node ? JSON.parse(node.textContent) : {};
const plural = new Intl.PluralRules(document.documentElement.lang || "en");

/** The sentence named `key`, with `{name}` replaced; `n` chooses between `key.one` and `key.other` where they stand. */
export function say(key, values = {}) {
  const chosen = values.n === undefined ? undefined : catalogue[`${key}.${plural.select(Number(values.n))}`] ?? catalogue[`${key}.other`];
  const text = chosen ?? catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const has = (key) => key in catalogue;
export const fixed = (t, digits = 2) => Number(t).toFixed(digits);

/** A state in words, as everywhere on the site. */
export const stateWord = (state) => say(`state.${state}`);

/** The glyph and colour that a state is drawn with; rarer states borrow the nearest. */
export const LOOK = {
  queued: "queued", running: "running", retrying: "retrying", succeeded: "succeeded", failed: "failed", lost: "lost",
  redelivered: "redelivered", revoked: "revoked", rejected: "revoked", discarded: "revoked", unfinished: "running",
};

/** The state of an execution at time t. */
export const stateAt = (run, t) => (t < run.start ? "queued" : t < run.end ? "running" : run.state);

/** One execution at time t in one sentence. */
export function describe(run, t) {
  const state = stateAt(run, t);
  const parts = run.kind === "task" ? [run.attempt > 1 ? `${run.label}\u00b7${run.attempt}` : run.label] : [run.label, say(`run.${run.kind}`)];
  if (run.kind === "task" && run.short && run.short !== run.label) parts.push(run.attempt > 1 ? `${run.short}\u00b7${run.attempt}` : run.short);
  if (run.ran === false) parts.push(say("run.never"));
  else if (run.kind === "task") parts.push(run.attempt > 1 ? say("run.attempt", { count: run.attempt }) : say("run.start", { count: run.number || 1 }));
  if (run.redelivery) parts.push(stateWord("redelivered"));
  parts.push(run.child, stateWord(state));
  if (state === "running") parts.push(say("run.since", { t: fixed(run.start) }));
  else if (run.ran === false || run.end - run.start < 0.0005) parts.push(say("run.at", { t: fixed(run.end) }));
  else parts.push(say("run.fromto", { from: fixed(run.start), to: fixed(run.end) }));
  if (run.ack !== null && run.ack <= t) parts.push(say("run.acked", { t: fixed(run.ack) }));
  if (run.after && run.after.t <= t) parts.push(say("run.after", { state: stateWord(run.after.state), t: fixed(run.after.t) }));
  if (run.note && state !== "running") parts.push(run.note);
  return parts.join(", ");
}

const more = (event, names) => names.filter((name) => event.data[name] !== undefined && event.data[name] !== null && event.data[name] !== "").map((name) => `${name} ${typeof event.data[name] === "object" ? JSON.stringify(event.data[name]) : event.data[name]}`);
const HOW = { 9: "kill -9", 15: "SIGTERM", 3: "SIGQUIT", 19: "SIGSTOP", 18: "SIGCONT" };
export const signalName = (signal) => HOW[signal] ?? say("signal", { number: signal });

/** What an event says: [the state whose colour it has, a word, the rest]. */
export function sentence(event, model) {
  if (!event.data.forged) return told(event, model);
  const { forged, ...data } = event.data;
  const [, word, rest] = told({ ...event, data }, model);
  return ["failed", say("forged"), `${[word, rest].filter(Boolean).join(" ")}: ${forged}`];
}

function told(event, model) {
  const task = event.task ? model.tasks.get(event.task) : null;
  const name = task ? task.label : event.name ?? "";
  const attempt = event.attempt > 1 ? [say("run.attempt", { count: event.attempt })] : [];
  const d = event.data;
  const list = (...parts) => parts.flat().filter(Boolean).join(", ");
  const word = say(`kind.${event.kind}`);
  switch (event.kind) {
    case "run-started": return ["", word, Object.entries(d.knobs ?? {}).map(([k, v]) => `${k} ${v}`).join(", ")];
    case "run-ended": return ["", word, list(d.outcome ? say(`outcome.${d.outcome}`) : "", d.reason)];
    case "lane-up": return ["", word, list(d.pid ? `pid ${d.pid}` : "", d.system, d.version)];
    case "lane-down": return [d.signal ? "lost" : "", d.signal ? signalName(d.signal) : word, list(d.pid ? `pid ${d.pid}` : "", d.signal ? "" : say("exit", { code: d.exit ?? 0 }))];
    case "command": return [["kill", "terminate", "quit"].includes(d.action) ? "lost" : "", d.by === "learner" ? say("by.you") : say("by.driver"), `${say(`action.${d.action}`)} ${d.target}`];
    case "task-sent": return ["queued", word, list(name, attempt, d.queue && d.queue !== "celery" ? d.queue : "", d.eta ? `eta ${String(d.eta).slice(11, 19)}` : "")];
    case "task-received": return ["", word, list(name, attempt)];
    case "task-started": return ["running", word, list(name, attempt, d.run > 1 ? say("run.start", { count: d.run }) : "")];
    case "task-succeeded": return ["succeeded", word, list(name, attempt)];
    case "task-failed": return ["failed", word, list(name, attempt, d.exception)];
    case "task-retried": return ["retrying", word, list(name, attempt, d.exception)];
    case "task-revoked": case "task-rejected": case "task-discarded": return ["revoked", word, list(name, d.why, more(event, ["expired", "terminated", "requeue"]))];
    case "task-redelivered": return ["redelivered", word, name];
    case "task-acked": return ["", word, name];
    case "task-progress": return ["", word, list(name, more(event, ["state", "meta"]))];
    case "broker-sample": return ["", word, list(more(event, ["depth", "unacked", "oldest"]))];
    case "stub-called": return [d.status >= 400 ? "failed" : "", word, list(`${d.path ?? ""} ${d.status ?? ""}`.trim(), d.seconds ? `${fixed(d.seconds)} s` : "")];
    case "request-started": return ["running", word, `${d.method ?? ""} ${d.path ?? ""}`.trim()];
    case "response-sent": return [d.broken || d.status >= 500 ? "failed" : "succeeded", word, list(`${d.path ?? ""} ${d.status ?? ""}`.trim(), d.seconds !== undefined ? `${fixed(d.seconds, 3)} s` : "")];
    case "background-started": return ["running", word, list(event.name, d.on ? say(`on.${d.on}`) : "")];
    case "background-ended": return ["succeeded", word, event.name ?? ""];
    case "background-failed": return ["failed", word, list(event.name, d.error)];
    case "probe": return ["", word, list(more(event, ["count", "p50", "p99", "worst", "failed"]))];
    case "mark": return ["", word, list(d.text, Object.entries(d).filter(([k]) => k !== "text").map(([k, v]) => `${k} ${v}`))];
    case "log": return ["", word, String(d.text ?? d.line ?? d.message ?? "")];
    case "dropped": return ["failed", word, Object.entries(d).map(([k, v]) => `${k} ${typeof v === "object" ? JSON.stringify(v) : v}`).join(", ")];
    default: return ["", word, list(name, Object.entries(d).map(([k, v]) => `${k} ${typeof v === "object" ? JSON.stringify(v) : v}`))];
  }
}

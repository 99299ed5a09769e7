// The right-hand pane: outcome, checks with what decided them, measures, and the selected execution.
import { badge, html, icon } from "./svg.js";
import { number } from "./settings-of-run.js";
import { LOOK, fixed, say, sentence, stateAt, stateWord } from "./words.js";

const NODE = { passed: ["n-done", "pass"], failed: ["s-failed", "fail"], not_tested: ["n-open", "untested"] };

export class Checks {
  constructor(data, onShow) {
    Object.assign(this, { data, onShow, list: document.getElementById("checks"), count: document.getElementById("passed") });
    this.waiting();
  }

  /** Titles only: nothing is decided before the end. */
  waiting() {
    if (!this.list) return;
    this.count.textContent = "";
    this.list.replaceChildren(...this.data.checks.map((check) => this.#row(check, null)));
  }

  show(results) {
    if (!this.list) return;
    if (!results.length) { this.waiting(); return; }
    this.worst = results.find((result) => result.verdict !== "passed")?.id;
    this.list.replaceChildren(...results.map((result) => this.#row(result, result)));
    this.count.textContent = say("checks.count", { n: results.filter((r) => r.verdict === "passed").length, m: results.length });
  }

  #row(check, result) {
    const [symbol, cls] = NODE[result?.verdict] ?? ["n-open", ""];
    const word = say(`check.${result?.verdict ?? "waiting"}`);
    const head = [html("span", {}, icon(symbol, "node")), html("span", { class: "check-title" }, check.title), html("span", { class: "when" }, word)];
    if (!result) return html("li", {}, ...head);
    const details = html("details", { open: result.id === this.worst }, html("summary", {}, ...head));
    const facts = html("dl", { class: "facts" });
    const add = (term, text) => { if (text) facts.append(html("dt", {}, say(term)), html("dd", {}, text)); };
    add("check.expected", result.expected);
    add(result.verdict === "not_tested" ? "check.why" : "check.observed", result.observed);
    details.append(html("div", { class: "check-more" }, facts));
    if (result.events.length) {
      const button = html("button", { type: "button", class: "linklike tiny" }, say("check.show", { n: result.events.length }));
      button.addEventListener("click", () => this.onShow(result.events));
      details.lastChild.append(button);
    }
    return html("li", { class: cls }, details);
  }
}

/** `onLine(file, line)` opens a file of the bench where an error names one. */
export function showOutcome(run, data, onLine = null) {
  const box = document.getElementById("outcome");
  box.hidden = !run?.outcome;
  if (!run?.outcome) return;
  const words = say(`ended.${run.outcome}`, { wall: data.wall });
  const look = { passed: "succeeded", ran: "succeeded", cancelled: "revoked", lost: "lost" }[run.outcome] ?? "failed";
  document.getElementById("outcome-words").replaceChildren(badge(look, words));
  const reason = document.getElementById("outcome-reason");
  reason.textContent = run.reason && run.reason !== words ? run.reason : "";
  reason.classList.toggle("mono-said", run.outcome === "error");
  const [, file, line] = /([\w/.-]+\.py), line (\d+)/.exec(run.reason ?? "") ?? [];
  if (!onLine || !data.files.some((one) => one.name === file)) return;
  const go = html("button", { type: "button", class: "linklike goto" }, say("error.go", { file, line }));
  go.addEventListener("click", () => onLine(file, Number(line)));
  reason.append(go);
}

export function showMeasures(run, data) {
  const box = document.getElementById("measures-box"), list = document.getElementById("measures");
  const known = run ? data.measures.filter((measure) => measure.id in (run.measures ?? {})) : [];
  box.hidden = !known.length;
  document.getElementById("measures-count").textContent = say("measures.count", { n: known.length });
  list.replaceChildren(...known.flatMap((measure) => {
    const value = run.measures[measure.id];
    return [html("dt", {}, measure.title), html("dd", { class: "m" }, value === null ? "-" : `${number(value)} ${measure.unit}`)];
  }));
}

export class Selected {
  constructor(onPick) {
    Object.assign(this, { onPick, box: document.getElementById("task"), state: document.getElementById("task-state"), run: null, key: "" });
    this.show(null, null, 0);
  }

  /** The facts of one execution at time t; drawn anew only when they changed. */
  show(run, model, t) {
    const state = run ? stateAt(run, t) : "";
    const task = run?.task ? model.tasks.get(run.task) : null;
    const key = run ? `${run.key}${state}${run.ack !== null && run.ack <= t}${run.after && run.after.t <= t}${task?.runs.filter((one) => one.start <= t).length ?? ""}` : "-";
    if (key === this.key) return;
    this.key = key;
    if (!run) {
      this.state.replaceChildren();
      this.box.replaceChildren(html("p", { class: "tiny dim" }, say("task.none")));
      return;
    }
    this.state.replaceChildren(badge(LOOK[state], stateWord(state)), ...(run.redelivery ? [badge("redelivered", stateWord("redelivered"))] : []), ...(run.after && run.after.t <= t ? [badge(LOOK[run.after.state], stateWord(run.after.state))] : []));
    const facts = html("dl", { class: "facts" });
    const add = (term, text, cls = "") => { if (text !== "" && text !== null && text !== undefined) facts.append(html("dt", {}, say(term)), html("dd", { class: cls }, text)); };
    if (run.task) add("task.id", `${run.short ? `${run.short}, ` : ""}${run.task.slice(0, 8)}`, "m");
    if (task && run.ran !== false) add("task.start", say("task.nth", { count: run.number, of: task.runs.filter((one) => one.start <= t).length, attempt: run.attempt }));
    add("task.where", run.child);
    const live = state === "running" && run.end > t;
    add("task.time", live ? say("task.now", { from: fixed(run.start) }) : say("task.span", { from: fixed(run.start), to: fixed(run.end) }), "m");
    if (!live && run.ran !== false) add("task.took", `${fixed(run.end - run.start, run.end - run.start < 0.1 ? 3 : 2)} s`, "m");
    const sent = task?.sent.findLast((one) => one.t <= run.start);
    if (sent) { add("task.sent", `${fixed(sent.t)} s`, "m"); add("task.waited", `${fixed(run.start - sent.t, 3)} s`, "m"); }
    if (run.kind === "task" && run.ran !== false && !live) add("task.acked", run.ack !== null && run.ack <= t ? `${fixed(run.ack)} s` : say("task.never-acked"), run.ack !== null ? "m" : "");
    if (!live) add("task.result", run.note);
    this.box.replaceChildren(html("p", { class: "mono task-name" }, run.kind === "task" ? run.label : `${say(`run.${run.kind}`)} ${run.label}`), facts);
    const others = task?.runs.filter((one) => one.start <= t) ?? [];
    if (others.length > 1) this.box.append(this.#siblings(others, run, t));
  }

  #siblings(runs, current, t) {
    const row = html("div", { class: "siblings", role: "group", "aria-label": say("task.all") });
    for (const run of runs.slice(0, 24)) {
      const state = stateAt(run, t);
      const button = html("button", { type: "button", class: `sibling is-${LOOK[state]}`, "aria-pressed": run === current }, icon(`s-${LOOK[state]}`, "glyph"), `${fixed(run.start, 1)} ${run.lane}`);
      button.addEventListener("click", () => this.onPick(run.key));
      row.append(button);
    }
    return row;
  }
}

/** What a screen reader is told while a run lives: kills, redeliveries, failures; not every event. */
export class Announcer {
  constructor() { Object.assign(this, { node: document.getElementById("announcer"), queue: [], timer: 0 }); }

  say(text) {
    this.queue.push(text);
    if (this.timer) return;
    this.timer = setTimeout(() => { this.timer = 0; this.node.textContent = this.queue.splice(0, 4).join(" "); }, 600);
  }

  hear(event, model) {
    const task = event.task ? model.tasks.get(event.task)?.label : "";
    if (event.kind === "run-started") this.say(say("announce.started"));
    if (event.kind === "lane-down" && event.data.signal) this.say(say("announce.killed", { what: sentence(event, model)[1], lane: event.lane }));
    if (event.kind === "task-redelivered") this.say(say("announce.redelivered", { task }));
    if (event.kind === "task-failed") this.say(say("announce.failed", { task, lane: event.lane }));
  }
}

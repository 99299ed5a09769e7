// The right-hand pane: outcome, checks with what decided them, measures, and the selected execution.
import { badge, find, html, icon, need } from "./elements.js";
import { LOOK, ackedAt, afterAt, sentence, stateAt } from "./sentences.js";
import { fixed, say, stateWord } from "./words.js";

/** @type {Record<string, [symbol: string, cls: string] | undefined>} */
const NODE = {
  passed: ["n-done", "pass"], failed: ["s-failed", "fail"], not_tested: ["n-open", "untested"],
  not_judged: ["n-open", "untested"],
};
/** @type {Record<string, string | undefined>} */
const OUTCOMES = {
  passed: "succeeded", ran: "succeeded", cancelled: "revoked", lost: "lost", not_judged: "revoked",
};

/** A list of facts, `dt` and `dd`; an empty text is left out. */
class Facts {
  list = html("dl", { class: "facts" });

  /** @param {string} term a key of the catalogue @param {string | null | undefined} text */
  add(term, text, cls = "") {
    if (text) this.list.append(html("dt", {}, say(term)), html("dd", { class: cls }, text));
  }
}

export class Checks {
  /**
   * @param {Api.Bench} data
   * @param {(seqs: number[]) => void} onShow
   */
  constructor(data, onShow) {
    this.data = data;
    this.onShow = onShow;
    this.list = find("checks");
    this.waiting();
  }

  /** Titles only: nothing is decided before the end. */
  waiting() {
    if (!this.list) return;
    this.#count("");
    this.list.replaceChildren(...this.data.checks.map((check) => html("li", {}, ...this.#head(check, null))));
  }

  /** @param {Api.CheckResult[]} results */
  show(results) {
    if (!this.list) return;
    if (!results.length) { this.waiting(); return; }
    const worst = results.find((result) => result.verdict !== "passed");
    this.list.replaceChildren(...results.map((result) => this.#row(result, result === worst)));
    const n = results.filter((result) => result.verdict === "passed").length;
    this.#count(say("checks.count", { n, m: results.length }));
  }

  /** @param {string} words beside the heading, and, where the panes take turns, on the button of this one */
  #count(words) {
    need("passed", HTMLElement).textContent = words;
    const cue = find("inspect-count");
    if (cue) cue.textContent = words;
  }

  /** @param {Api.CheckTitle} check @param {Api.CheckResult | null} result */
  #head(check, result) {
    const [symbol] = NODE[result?.verdict ?? ""] ?? ["n-open"];
    const word = say(`check.${result?.verdict ?? "waiting"}`);
    return [
      html("span", {}, icon(symbol, "node")), html("span", { class: "check-title" }, check.title),
      html("span", { class: "when" }, word),
    ];
  }

  /** @param {Api.CheckResult} result @param {boolean} open */
  #row(result, open) {
    const details = html("details", { open }, html("summary", {}, ...this.#head(result, result)));
    const facts = new Facts(), more = html("div", { class: "check-more" }, facts.list);
    facts.add("check.expected", result.expected);
    facts.add(result.verdict === "not_tested" ? "check.why" : "check.observed", result.observed);
    details.append(more);
    if (result.events.length) {
      const button = html(
        "button", { type: "button", class: "linklike tiny" }, say("check.show", { n: result.events.length }),
      );
      button.addEventListener("click", () => this.onShow(result.events));
      more.append(button);
    }
    return html("li", { class: NODE[result.verdict]?.[1] ?? "" }, details);
  }
}

/**
 * @param {Api.Run | null} run
 * @param {Api.Bench} data
 * @param {((file: string, line: number) => void) | null} onLine opens a file of the bench where an error
 *   names one
 */
export function showOutcome(run, data, onLine = null) {
  const { outcome, reason: why } = run ?? {};
  need("outcome", HTMLElement).hidden = !outcome;
  if (!outcome) return;
  const words = say(`ended.${outcome}`, { wall: data.wall }), reason = need("outcome-reason", HTMLElement);
  need("outcome-words", HTMLElement).replaceChildren(badge(OUTCOMES[outcome] ?? "failed", words));
  reason.textContent = why && why !== words ? why : "";
  reason.classList.toggle("mono-said", outcome === "error");
  const [, file = "", line = ""] = /([\w/.-]+\.py), line (\d+)/.exec(why ?? "") ?? [];
  if (!onLine || !data.files.some((one) => one.name === file)) return;
  const go = html("button", { type: "button", class: "linklike goto" }, say("error.go", { file, line }));
  go.addEventListener("click", () => onLine(file, Number(line)));
  reason.append(go);
}

/** @param {number | null | undefined} value */
const measured = (value) => (typeof value !== "number"
  ? "-"
  : Number.isInteger(value) ? String(value)
  : fixed(value));

/**
 * @param {Api.Run | null} run
 * @param {Api.Bench} data
 */
export function showMeasures(run, data) {
  const found = run?.measures ?? {}, known = data.measures.filter((measure) => measure.id in found);
  need("measures-box", HTMLElement).hidden = !known.length;
  need("measures-count", HTMLElement).textContent = say("measures.count", { n: known.length });
  need("measures", HTMLElement).replaceChildren(...known.flatMap(({ id, title, unit }) => {
    const value = found[id];
    return [
      html("dt", {}, title), html("dd", { class: "m" }, value === null ? "-" : `${measured(value)} ${unit}`),
    ];
  }));
}

export class Selected {
  #key = "";
  #at = "";

  /** @param {(key: string) => void} onPick */
  constructor(onPick) {
    this.onPick = onPick;
    this.box = need("task", HTMLElement);
    this.state = need("task-state", HTMLElement);
    this.at = need("task-at", HTMLElement);
    this.show(null, null, 0);
  }

  /**
   * The facts of one execution at time t; drawn anew only when they changed.
   * @param {Trace.Execution | null} execution
   * @param {Trace.Model | null} model
   * @param {number} t
   */
  show(execution, model, t) {
    const task = execution ? model?.taskOf(execution) ?? null : null;
    const begun = task?.executions.filter((one) => one.start <= t) ?? [];
    const key = execution
      ? [
        execution.key, stateAt(execution, t), ackedAt(execution, t), model?.ended && t >= model.t,
        afterAt(execution, t)?.t, begun.length,
      ].join(" ")
      : "-";
    const at = execution ? say("task.at", { t: fixed(t, 1) }) : "";
    if (at !== this.#at) { this.at.textContent = at; this.#at = at; }
    if (key === this.#key) return;
    this.#key = key;
    this.state.replaceChildren(...(execution ? badges(execution, t) : []));
    if (!execution) {
      this.box.replaceChildren(html("p", { class: "tiny dim" }, say("task.none")));
      return;
    }
    const { kind, label } = execution;
    const name = html(
      "p", { class: "mono task-name" }, kind === "task" ? label : `${say(`execution.${kind}`)} ${label}`,
    );
    this.box.replaceChildren(
      name,
      factsOf(execution, { task, begun: begun.length, t, atEnd: Boolean(model?.ended && t >= model.t) }),
    );
    if (begun.length > 1) this.box.append(this.#siblings(begun, execution, t));
  }

  /** @param {Trace.Execution[]} all @param {Trace.Execution} current @param {number} t */
  #siblings(all, current, t) {
    const row = html("div", { class: "siblings", role: "group", "aria-label": say("task.all") });
    for (const one of all.slice(0, 24)) {
      const look = LOOK[stateAt(one, t)], pressed = one === current;
      const button = html(
        "button", { type: "button", class: `sibling is-${look}`, "aria-pressed": String(pressed) },
        icon(`s-${look}`, "glyph"), `${fixed(one.start, 1)} ${one.lane}`,
      );
      button.addEventListener("click", () => this.onPick(one.key));
      row.append(button);
    }
    return row;
  }
}

/** @param {Trace.Execution} execution @param {number} t */
function badges(execution, t) {
  const state = stateAt(execution, t), after = afterAt(execution, t);
  const all = [badge(LOOK[state], stateWord(state))];
  if (execution.redelivery) all.push(badge("redelivered", stateWord("redelivered")));
  if (after) all.push(badge(LOOK[after.state], stateWord(after.state)));
  return all;
}

/**
 * What is known at the moment that is shown: nothing of what comes later.
 * @param {Trace.Execution} execution
 * @param {{ task: Trace.Task | null, begun: number, t: number, atEnd: boolean }} now `begun`: executions of
 *   the task so far
 */
function factsOf(execution, { task, begun, t, atEnd }) {
  const { start, end, ack, number, attempt } = execution, facts = new Facts(), ran = execution.ran !== false;
  if (execution.task) {
    facts.add(
      "task.id", `${execution.short ? `${execution.short}, ` : ""}${execution.task.slice(0, 8)}`, "m",
    );
  }
  if (start > t) {
    facts.add("task.time", say("task.later", { from: fixed(start) }), "m");
    return facts.list;
  }
  if (task && ran) facts.add("task.start", say("task.nth", { count: number, of: begun, attempt }));
  facts.add("task.where", execution.child);
  const live = stateAt(execution, t) === "running" && end > t;
  facts.add(
    "task.time",
    live ? say("task.now", { from: fixed(start) }) : say("task.span", { from: fixed(start), to: fixed(end) }),
    "m",
  );
  if (!live && ran) facts.add("task.took", `${fixed(end - start, end - start < 0.1 ? 3 : 2)} s`, "m");
  const sent = task?.sent.findLast((one) => one.t <= start);
  if (sent) {
    facts.add("task.sent", `${fixed(sent.t)} s`, "m");
    facts.add("task.waited", `${fixed(start - sent.t, 3)} s`, "m");
  }
  const wait = task?.waits.findLast((one) => one.start <= start);
  if (wait) facts.add("kind.task-waiting", say(`waiting.${wait.why}`));
  if (execution.kind === "task" && ran && (execution.acknowledges || ack !== null)) {
    const acked = ack !== null && ack <= t;
    facts.add(
      "task.acked", acked ? `${fixed(ack)} s` : say(atEnd ? "task.never-acked" : "task.not-acked"),
      acked ? "m" : "",
    );
  }
  if (!live) facts.add("task.result", execution.note);
  return facts.list;
}

/** What a screen reader says while a run lives: kills, redeliveries, failures; not every event. */
export class Announcer {
  node = need("announcer", HTMLElement);
  /** @type {string[]} */
  #queue = [];
  #timer = 0;

  /** @param {string} text */
  say(text) {
    this.#queue.push(text);
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.node.textContent = this.#queue.splice(0, 4).join(" ");
    }, 600);
  }

  /** @param {Trace.Raw} raw @param {Trace.Model} model */
  hear(raw, model) {
    const event = { ...raw, at: raw.t, data: raw.data ?? {} }, task = model.taskOf(event)?.label ?? "";
    if (event.kind === "run-started") this.say(say("announce.started"));
    if (event.kind === "lane-down" && event.data.signal) {
      this.say(say("announce.killed", { what: sentence(event, model)[1], lane: event.lane }));
    }
    if (event.kind === "lateness" && model.late.length === 1 && model.late[0]?.seq === event.seq) {
      this.say(say("announce.late", { worst: fixed(event.data.worst) }));
    }
    if (event.kind === "task-redelivered") this.say(say("announce.redelivered", { task }));
    if (event.kind === "task-failed") this.say(say("announce.failed", { task, lane: event.lane }));
  }
}

// The trace in words: a table of executions and a log of events. They say what the timeline draws, at the
// same moment.
import { badge, html, icon, need } from "./elements.js";
import { LOOK, ackedAt, afterAt, sentence, stateAt } from "./sentences.js";
import { base } from "./trace/fields.js";
import { stretches } from "./trace/lateness.js";
import { fixed, say, stateWord } from "./words.js";

/** @typedef {{ event: Trace.Event, li: HTMLLIElement, words: string, kept: boolean }} Line */

const SAMPLES = new Set(["broker-sample", "probe"]);

/**
 * The kind of execution that an event is of, null where it is of none.
 * @param {string} kind
 * @returns {Trace.Kind | null}
 */
function executionKind(kind) {
  if (kind.startsWith("task-")) return "task";
  if (kind === "stub-called") return "call";
  if (/^(request|response)/.test(kind)) return "request";
  return kind.startsWith("background") ? "background" : null;
}

/**
 * @param {{ event: Trace.Event, words: string }} line
 * @param {Drawing.LogFilter} filter
 */
function keeps({ event, words }, filter) {
  if (SAMPLES.has(event.kind) && !filter.samples) return false;
  if (filter.lanes && !filter.lanes.has(base(event.lane))) return false;
  const kind = executionKind(event.kind);
  if (kind && filter.kinds && !filter.kinds.has(kind)) return false;
  if (!filter.text) return true;
  const needle = filter.text.toLowerCase();
  return words.includes(needle) || String(event.task ?? "").includes(needle);
}

export class Log {
  /** @type {Line[]} */
  lines = [];
  shown = 0;

  /**
   * @param {HTMLElement} box scrolls
   * @param {HTMLElement} list
   * @param {(seq: number) => void} onPick
   */
  constructor(box, list, onPick) {
    this.box = box;
    this.list = list;
    this.count = need("log-count", HTMLElement);
    list.addEventListener("click", (event) => {
      const seq = event.target instanceof Element ? event.target.closest("li")?.dataset.seq : null;
      if (seq && !getSelection()?.toString()) onPick(Number(seq));
    });
  }

  clear() {
    this.list.replaceChildren();
    this.lines = [];
    this.shown = 0;
  }

  /**
   * Lines for the events that have none.
   * @param {Trace.Model} model
   * @param {Drawing.LogFilter} filter
   */
  sync(model, filter) {
    const fresh = document.createDocumentFragment();
    for (let i = this.lines.length; i < model.events.length; i += 1) {
      const event = model.events[i], before = model.events[i - 1];
      if (!event) break;
      const goesOn = event.kind === "log" && before?.kind === "log" && before.lane === event.lane
        && event.t - before.t < 0.02;
      const [look, word, rest] = sentence(event, model), words = `${word} ${rest}`.toLowerCase();
      const li = html("li", { "data-seq": event.seq, class: goesOn ? "goes-on" : null },
        html("span", { class: "w" }, fixed(event.t)), html("span", { class: "w lane" }, event.lane),
        html(
          "span", { class: "e" }, html("b", look ? { class: `is-${look}` } : {}, word),
          rest ? ` ${rest}` : "",
        ));
      li.hidden = true;
      this.lines.push({ event, li, words, kept: keeps({ event, words }, filter) });
      fresh.append(li);
    }
    this.list.append(fresh);
  }

  /**
   * @param {Drawing.LogFilter} filter
   * @param {number} t
   */
  refilter(filter, t) {
    for (const line of this.lines) {
      line.kept = keeps(line, filter);
      line.li.hidden = true;
    }
    this.shown = 0;
    this.render(t);
  }

  /** @param {number} t */
  render(t) {
    const before = this.shown;
    for (let line = this.lines[this.shown]; line && line.event.t <= t; line = this.lines[this.shown]) {
      if (line.kept) line.li.hidden = false;
      this.shown += 1;
    }
    for (let line = this.lines[this.shown - 1]; line && line.event.t > t; line = this.lines[this.shown - 1]) {
      line.li.hidden = true;
      this.shown -= 1;
    }
    if (before === this.shown) return;
    if (!this.box.matches(":hover, :focus-within")) this.box.scrollTop = this.box.scrollHeight;
    this.count.textContent = say("log.shown", { n: this.shown });
  }

  /**
   * Show the line of an event and mark it.
   * @param {number[]} seqs
   */
  point(seqs) {
    for (const line of this.lines) line.li.classList.toggle("lit", seqs.includes(line.event.seq));
    const first = this.lines.find((line) => line.event.seq === seqs[0]);
    if (first && !first.li.hidden) this.box.scrollTop = first.li.offsetTop - this.box.clientHeight / 2;
  }
}

/**
 * A row for each stretch in which the machine was late, as far as the moment `t`.
 * @param {HTMLElement} body
 * @param {Trace.Model} model
 * @param {number} t
 */
export function lateRows(body, model, t) {
  body.replaceChildren(...stretches(model.late.filter(({ end }) => end <= t)).map(({ start, end, worst }) => {
    const cells = ["", "", fixed(start), fixed(end), ""].map((text) => html("td", { class: "num r" }, text));
    const state = html(
      "td", {},
      html(
        "span", { class: "st st--late" }, icon("s-late", "glyph"), say("late.upto", { worst: fixed(worst) }),
      ),
    );
    return html("tr", {}, html("th", { scope: "row" }, say("lane.late")), ...cells, state);
  }));
}

/**
 * @typedef {{ execution: Trace.Execution, row: HTMLTableRowElement, cells: HTMLTableCellElement[], key:
 *   string }} Row
 */

export class Table {
  /** @type {Row[]} */
  rows = [];

  /**
   * @param {HTMLElement} body
   * @param {(key: string) => void} onPick
   */
  constructor(body, onPick) {
    this.body = body;
    body.addEventListener("click", (event) => {
      const key = event.target instanceof Element ? event.target.closest("tr")?.dataset.key : null;
      if (key) onPick(key);
    });
  }

  clear() {
    this.body.replaceChildren();
    this.rows = [];
  }

  /** @param {Trace.Model} model */
  sync(model) {
    const fresh = document.createDocumentFragment();
    for (const execution of model.executions.slice(this.rows.length)) {
      const { label, short, key } = execution;
      const name = html("button", { type: "button", class: "linklike" }, label);
      const cells = Array.from({ length: 6 }, (_, n) => html(
        "td", { class: n === 1 || n === 5 ? "" : "num r" },
      ));
      const head = html(
        "th", { scope: "row", class: "num" }, name,
        short && short !== label ? html("span", { class: "dimmer" }, ` ${short}`) : "",
      );
      const row = html("tr", { "data-key": key, hidden: true }, head, ...cells);
      this.rows.push({ execution, row, cells, key: "" });
      fresh.append(row);
    }
    this.body.append(fresh);
  }

  /**
   * @param {number} t
   * @param {(execution: Trace.Execution) => boolean} shows
   */
  render(t, shows = () => true) {
    for (const one of this.rows) {
      const { execution, row } = one, begun = t >= execution.start, state = stateAt(execution, t);
      const key = `${begun ? state : ""}${ackedAt(execution, t)}${shows(execution)}${Boolean(
        afterAt(execution, t),
      )}`;
      if (key === one.key) continue;
      one.key = key;
      row.hidden = !begun || !shows(execution);
      if (begun) fill(one, t, state);
    }
  }

  /** Draw all rows anew with the next render(). */
  forget() { for (const row of this.rows) row.key = ""; }

  /** @param {string | undefined} key */
  pick(key) {
    for (const { execution, row } of this.rows) row.classList.toggle("pick", execution.key === key);
  }
}

/**
 * @param {Row} row
 * @param {number} t
 * @param {Trace.State} state
 */
function fill({ execution, cells }, t, state) {
  const { ack, attempt, note, number } = execution, after = afterAt(execution, t);
  const again = attempt > 1 ? `, ${say("execution.attempt", { count: attempt })}` : "";
  const start = execution.ran === false ? "-" : execution.kind === "task" ? `${number}${again}` : "";
  const end = state === "running" ? say("table.running") : fixed(execution.end);
  const values = [
    start, execution.child, fixed(execution.start), end,
    ack !== null && ackedAt(execution, t) ? fixed(ack) : "",
  ];
  cells.forEach((cell, i) => { if (i < values.length) cell.textContent = values[i] ?? ""; });
  const looks = [badge(LOOK[state], stateWord(state))];
  if (execution.redelivery) looks.push(badge("redelivered", stateWord("redelivered")));
  if (after) looks.push(badge(LOOK[after.state], stateWord(after.state)));
  cells.at(-1)?.replaceChildren(
    ...looks, note && state !== "running" ? html("span", { class: "tiny dim note-of" }, note) : "",
  );
}

// The trace in words: a table of executions and a log of events. They say what the timeline draws, at the same moment.
import { badge, html } from "./svg.js";
import { LOOK, fixed, say, sentence, stateAt, stateWord } from "./words.js";

const SAMPLES = new Set(["broker-sample", "probe"]);

export class Log {
  constructor(box, list, onPick) {
    Object.assign(this, { box, list, lines: [], shown: 0, samples: false, count: document.getElementById("log-count") });
    list.addEventListener("click", (event) => {
      const seq = event.target.closest?.("li")?.dataset.seq;
      if (seq && !getSelection().toString()) onPick(Number(seq));
    });
  }

  clear() {
    this.list.replaceChildren();
    Object.assign(this, { lines: [], shown: 0 });
  }

  /** Lines for the events from `this.taken` on. */
  sync(model, filter) {
    const fresh = document.createDocumentFragment();
    for (let i = this.lines.length; i < model.events.length; i += 1) {
      const event = model.events[i], before = model.events[i - 1];
      const goesOn = event.kind === "log" && before?.kind === "log" && before.lane === event.lane && event.t - before.t < 0.02;
      const [look, word, rest] = sentence(event, model);
      const li = html("li", { "data-seq": event.seq, class: goesOn ? "goes-on" : null },
        html("span", { class: "w" }, fixed(event.t)), html("span", { class: "w lane" }, event.lane),
        html("span", { class: "e" }, html("b", look ? { class: `is-${look}` } : {}, word), rest ? ` ${rest}` : ""));
      const line = { event, li, words: `${word} ${rest}`.toLowerCase() };
      line.kept = this.#keeps(line, filter);
      li.hidden = true;
      this.lines.push(line);
      fresh.append(li);
    }
    this.list.append(fresh);
  }

  #keeps({ event, words }, filter) {
    if (SAMPLES.has(event.kind) && !filter.samples) return false;
    if (filter.lanes && !filter.lanes.has(String(event.lane).split("/")[0])) return false;
    const kind = event.kind.startsWith("task-") ? "task" : event.kind === "stub-called" ? "call" : /^(request|response)/.test(event.kind) ? "request" : event.kind.startsWith("background") ? "background" : null;
    if (kind && filter.kinds && !filter.kinds.has(kind)) return false;
    if (!filter.text) return true;
    const needle = filter.text.toLowerCase();
    return words.includes(needle) || String(event.task ?? "").includes(needle);
  }

  refilter(filter, t) {
    for (const line of this.lines) line.kept = this.#keeps(line, filter);
    for (const line of this.lines) line.li.hidden = true;
    this.shown = 0;
    this.render(t);
  }

  render(t) {
    const before = this.shown;
    while (this.shown < this.lines.length && this.lines[this.shown].event.t <= t) { const line = this.lines[this.shown]; if (line.kept) line.li.hidden = false; this.shown += 1; }
    while (this.shown > 0 && this.lines[this.shown - 1].event.t > t) { this.shown -= 1; this.lines[this.shown].li.hidden = true; }
    if (before === this.shown) return;
    if (!this.box.matches(":hover, :focus-within")) this.box.scrollTop = this.box.scrollHeight;
    this.count.textContent = say("log.shown", { n: this.shown });
  }

  /** Show the line of an event and mark it. */
  point(seqs) {
    for (const line of this.lines) line.li.classList.toggle("lit", seqs.includes(line.event.seq));
    const first = this.lines.find((line) => line.event.seq === seqs[0]);
    if (first && !first.li.hidden) this.box.scrollTop = first.li.offsetTop - this.box.clientHeight / 2;
  }
}

export class Table {
  constructor(body, onPick) {
    Object.assign(this, { body, rows: [] });
    body.addEventListener("click", (event) => {
      const key = event.target.closest?.("tr")?.dataset.key;
      if (key) onPick(key);
    });
  }

  clear() {
    this.body.replaceChildren();
    this.rows = [];
  }

  sync(model) {
    const fresh = document.createDocumentFragment();
    for (let i = this.rows.length; i < model.runs.length; i += 1) {
      const run = model.runs[i];
      const name = html("button", { type: "button", class: "linklike" }, run.label);
      const cells = Array.from({ length: 6 }, (_, n) => html("td", { class: n === 1 || n === 5 ? "" : "num r" }));
      const row = html("tr", { "data-key": run.key, hidden: true }, html("th", { scope: "row", class: "num" }, name, run.short && run.short !== run.label ? html("span", { class: "dimmer" }, ` ${run.short}`) : ""), ...cells);
      this.rows.push({ run, row, cells, key: "" });
      fresh.append(row);
    }
    this.body.append(fresh);
  }

  render(t, shows = () => true) {
    for (const one of this.rows) {
      const { run, row, cells } = one, acked = run.ack !== null && run.ack <= t;
      const state = t < run.start ? "" : stateAt(run, t), key = `${state}${acked}${shows(run)}${Boolean(run.after && run.after.t <= t)}`;
      if (key === one.key) continue;
      one.key = key;
      row.hidden = !state || !shows(run);
      if (!state) continue;
      const looks = [badge(LOOK[state], stateWord(state)), run.redelivery ? badge("redelivered", stateWord("redelivered")) : "", run.after && run.after.t <= t ? badge(LOOK[run.after.state], stateWord(run.after.state)) : ""];
      const values = [run.ran === false ? "-" : run.kind === "task" ? `${run.number}${run.attempt > 1 ? `, ${say("run.attempt", { count: run.attempt })}` : ""}` : "", run.child, fixed(run.start), state === "running" ? say("table.running") : fixed(run.end), acked ? fixed(run.ack) : ""];
      values.forEach((value, i) => { cells[i].textContent = value; });
      cells[5].replaceChildren(...looks.filter(Boolean), run.note && state !== "running" ? html("span", { class: "tiny dim note-of" }, run.note) : "");
    }
  }

  pick(key) { for (const { run, row } of this.rows) row.classList.toggle("pick", run.key === key); }
}

// The middle pane: one model, one clock, and what shows them: timeline, table, log, transport, filter.
import { need } from "./elements.js";
import { Filters } from "./filters.js";
import { Player } from "./player.js";
import { describe, lateInWords } from "./sentences.js";
import { Log, Table, lateRows } from "./table-and-log.js";
import { passes } from "./timeline/bars.js";
import { Timeline } from "./timeline/timeline.js";
import { TraceModel } from "./trace/model.js";
import { fixed, say } from "./words.js";

/** @param {string} id */
const $ = (id) => need(id, HTMLElement);
/** @param {string} id */
const button = (id) => need(id, HTMLButtonElement);

export class TraceView {
  #fresh = false; // events have come that are not drawn
  #shown = { clock: "", end: -1, said: "" };
  scrub = need("scrub", HTMLInputElement);

  /**
   * @param {Api.Bench} data
   * @param {{ onSelect(execution: Trace.Execution | null): void }} on
   */
  constructor(data, { onSelect }) {
    this.data = data;
    this.onSelect = onSelect;
    this.model = new TraceModel(data.lanes);
    this.player = new Player({ time: (t) => this.#paint(t), state: (player) => this.#transport(player) });
    this.log = new Log($("logbox"), $("log"), (seq) => this.light([seq]));
    this.table = new Table($("rows"), (key) => this.select(key));
    this.filters = new Filters((filter) => this.#filter(filter));
    this.timeline = new Timeline(need("timeline", SVGSVGElement), this.model, {
      least: Math.min(12, Math.max(6, data.budget * 0.5)),
      onSelect: (execution) => { this.table.pick(execution?.key); onSelect(execution); },
      onHover: (execution, node) => this.#tip(execution, node),
      onView: (timeline) => this.#viewed(timeline),
    });
    this.filters.setLanes([...this.model.lanes.keys()]);
    this.#controls();
  }

  /** Begin with nothing: a new run or another trace. */
  clear({ live = false } = {}) {
    this.model = new TraceModel(this.data.lanes);
    this.timeline.use(this.model);
    this.log.clear();
    this.table.clear();
    for (const id of ["dropped", "forged", "lateness", "stage-empty"]) $(id).hidden = true;
    $("trace-about").textContent = "";
    if (live) this.player.goLive();
  }

  /**
   * Events of a live run: folded at once, drawn with the next frame.
   * @param {Trace.Raw[]} events
   */
  add(events) {
    for (const raw of events) {
      const event = this.model.push(raw);
      if (event) this.player.heard(event.t);
    }
    this.#fresh = true;
    if (document.hidden) this.#sync();
  }

  /**
   * A whole trace, to be replayed.
   * @param {Trace.Raw[]} events
   * @param {{ at?: number }} where the playhead is put
   */
  load(events, where = {}) {
    this.clear();
    this.model.pushAll(events);
    this.finish(where);
  }

  /**
   * No more events come.
   * @param {{ at?: number }} where
   */
  finish(where = {}) {
    const { model, player } = this;
    model.ended = true;
    player.stops = [...new Set(model.events.map((event) => event.t))];
    this.timeline.layout();
    this.#sync();
    player.stopAt(model.t, where);
    const { tasks, events, executions } = model;
    const n = executions.filter((one) => one.kind === "task" && one.ran !== false).length;
    $("trace-about").textContent = tasks.size
      ? `${say("trace.tasks", { n: tasks.size })}, ${say("trace.starts", { n })}`
      : say("log.shown", { n: events.length });
    if (!tasks.size) return;
    const pick = executions.find((one) => one.redelivery)
      ?? executions.find((one) => one.state !== "succeeded" && one.kind === "task");
    if (pick && !this.timeline.selected) this.select(pick.key);
  }

  #sync() {
    this.#fresh = false;
    const { model } = this;
    this.timeline.sync();
    this.log.sync(model, this.filters.filter);
    this.table.sync(model);
    this.filters.setLanes([...model.lanes.keys()]);
    for (const [id, n] of /** @type {const} */ ([["dropped", model.dropped], ["forged", model.forged]])) {
      if (n) { $(id).hidden = false; $(id).textContent = say(id, { n }); }
    }
    $("lateness").textContent = lateInWords(model.busy);
    $("lateness").hidden = !$("lateness").textContent;
  }

  /** @param {number} t */
  #paint(t) {
    if (this.#fresh) this.#sync();
    this.timeline.render(t);
    this.log.render(t);
    if (!$("tableview").hidden) this.#tabulate();
    const whole = Math.max(0, t);
    const clock = `${String(Math.floor(whole / 60)).padStart(2, "0")}:${(whole % 60).toFixed(1).padStart(
      4, "0",
    )}`;
    if (clock !== this.#shown.clock) { $("clock").textContent = clock; this.#shown.clock = clock; }
    if (!this.player.live || !this.scrub.matches(":active")) this.#scrubTo(t);
    const { selected } = this.timeline;
    const execution = selected && this.model.executions.find((one) => one.key === selected);
    if (execution) this.onSelect(execution);
  }

  /** @param {number} t */
  #scrubTo(t) {
    const { player, scrub } = this, end = player.live ? Math.max(player.latest, t) : player.end;
    if (end !== this.#shown.end) { scrub.max = fixed(end, 3); this.#shown.end = end; }
    scrub.value = String(t);
    const said = say("scrub.text", { t: fixed(t, 1), end: fixed(end, 1) });
    if (said !== this.#shown.said) { scrub.setAttribute("aria-valuetext", said); this.#shown.said = said; }
  }

  #tabulate() {
    this.table.render(this.player.t, (execution) => passes(execution, this.filters.filter));
    lateRows($("late-rows"), this.model, this.player.t);
  }

  /** @param {Drawing.LogFilter} filter */
  #filter(filter) {
    const { lanes, kinds, text } = filter;
    this.timeline.setFilter({ lanes, kinds, text });
    this.log.refilter(filter, this.player.t);
    this.table.forget();
    this.#tabulate();
  }

  /** @param {string} key */
  select(key) {
    const execution = this.model.executions.find((one) => one.key === key);
    if (execution && execution.start > this.player.t) this.player.seek(Math.min(execution.end, this.model.t));
    this.timeline.select(key);
    if (execution) this.timeline.reveal(execution);
  }

  /**
   * Point at events, in the timeline and in the log.
   * @param {number[]} seqs
   */
  light(seqs) {
    const { anchors } = this.model;
    const last = Math.max(...seqs.map((seq) => anchors.get(seq)?.t ?? 0));
    if (last > this.player.t && !this.player.live) this.player.seek(last);
    this.timeline.light(seqs);
    this.log.point(seqs);
    const anchor = anchors.get(seqs.at(-1) ?? 0) ?? anchors.get(seqs[0] ?? 0);
    if (anchor?.execution) this.select(anchor.execution.key);
  }

  /**
   * @param {Trace.Execution | null} execution
   * @param {Element | null} node
   */
  #tip(execution, node) {
    const tip = $("tip"), box = $("stage");
    tip.hidden = !execution;
    if (!execution || !node) return;
    tip.textContent = describe(execution, this.player.t);
    const stage = box.getBoundingClientRect();
    const bar = (node.querySelector(".bar") ?? node).getBoundingClientRect();
    const left = Math.min(Math.max(4, bar.left - stage.left), stage.width - tip.offsetWidth - 6);
    const above = bar.top - stage.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${(above > 2 ? above : bar.bottom - stage.top + 10) + box.scrollTop}px`;
  }

  /** @param {Drawing.Timeline} timeline */
  #viewed(timeline) {
    const whole = timeline.shown >= timeline.full - 1e-6;
    button("zoom-out").disabled = timeline.zoom <= 1;
    button("zoom-fit").disabled = whole && timeline.zoom <= 1;
    $("follow").hidden = timeline.follow || whole;
    if (whole) timeline.follow = true;
  }

  /** @param {Player} player */
  #transport(player) {
    const play = button("play"), { length } = this.model.events;
    play.disabled = !length || player.live;
    this.scrub.disabled = !length;
    play.setAttribute("aria-label", say(player.playing ? "pause" : "play"));
    play.querySelector("use")?.setAttribute("href", player.playing ? "#i-pause" : "#i-play");
    $("logbox").setAttribute("aria-live", player.playing && !player.live ? "polite" : "off");
  }

  #controls() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)"), steps = () => {
      $("steps-said").hidden = !calm.matches;
    };
    calm.addEventListener("change", steps);
    steps();
    const { player, timeline, scrub } = this;
    $("play").addEventListener("click", () => (player.playing ? player.pause() : player.play()));
    scrub.addEventListener("input", () => {
      timeline.follow = timeline.zoom === 1 || timeline.follow;
      player.seek(Number(scrub.value));
    });
    scrub.addEventListener("change", () => { if (player.live) player.play(); });
    for (const radio of document.querySelectorAll("input[name=speed]")) {
      if (radio instanceof HTMLInputElement) {
        radio.addEventListener("change", () => player.setSpeed(Number(radio.value)));
      }
    }
    $("zoom-in").addEventListener("click", () => timeline.zoomBy(1.6));
    $("zoom-out").addEventListener("click", () => timeline.zoomBy(1 / 1.6));
    $("zoom-fit").addEventListener("click", () => timeline.fit());
    $("follow").addEventListener("click", () => {
      timeline.follow = true;
      timeline.render(player.t);
      $("follow").hidden = true;
    });
    $("fold").addEventListener("click", () => {
      timeline.fold(!timeline.folded);
      $("fold").setAttribute("aria-pressed", String(timeline.folded));
    });
    this.#views();
  }

  /** Timeline or table. */
  #views() {
    const choices = [...document.querySelectorAll("[data-view]")].filter(
      (node) => node instanceof HTMLElement,
    );
    for (const choice of choices) choice.addEventListener("click", () => {
      for (const other of choices) other.setAttribute("aria-pressed", String(other === choice));
      const table = choice.dataset.view === "table";
      $("stage").hidden = table;
      $("tableview").hidden = !table;
      if (table) this.#tabulate();
      else this.timeline.layout();
    });
  }
}

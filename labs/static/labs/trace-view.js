// The middle pane: one model, one clock, and what shows them: timeline, table, log, transport, filter.
import { html, icon } from "./svg.js";
import { Timeline } from "./timeline.js";
import { TraceModel } from "./trace-model.js";
import { Log, Table } from "./twins.js";
import { Player } from "./player.js";
import { describe, fixed, say } from "./words.js";

const $ = (id) => document.getElementById(id);

export class TraceView {
  constructor(data, { onSelect }) {
    Object.assign(this, { data, onSelect, fresh: false, filter: { lanes: null, kinds: null, text: "", samples: false } });
    this.model = new TraceModel(data.lanes);
    this.player = new Player({ time: (t) => this.#paint(t), state: (player) => this.#transport(player) });
    this.timeline = new Timeline($("timeline"), this.model, {
      least: Math.min(12, Math.max(6, data.budget * 0.5)),
      onSelect: (run) => { this.table.pick(run?.key); onSelect(run); },
      onHover: (run, node) => this.#tip(run, node),
      onView: (tl) => this.#viewed(tl),
    });
    this.log = new Log($("logbox"), $("log"), (seq) => this.light([seq]));
    this.table = new Table($("rows"), (key) => this.select(key));
    this.#controls();
    this.#filters();
  }

  /** Begin with nothing: a new run or another trace. */
  clear({ live = false } = {}) {
    this.model = new TraceModel(this.data.lanes);
    this.timeline.use(this.model);
    this.log.clear();
    this.table.clear();
    this.lanesShown = "";
    $("dropped").hidden = $("forged").hidden = true;
    $("stage-empty").hidden = true;
    $("trace-about").textContent = "";
    if (live) this.player.goLive();
  }

  /** Events of a live run: folded at once, drawn with the next frame. */
  take(events) {
    for (const raw of events) {
      const event = this.model.push(raw);
      if (event) this.player.heard(event.t);
    }
    this.fresh = true;
    if (document.hidden) this.#sync();
  }

  /** A whole trace, to be replayed. */
  load(events, { at } = {}) {
    this.clear();
    this.model.pushAll(events);
    this.settle(at === undefined ? {} : { at });
  }

  settle(options = {}) {
    this.model.ended = true;
    this.player.stops = [...new Set(this.model.events.map((event) => event.t))];
    this.timeline.layout();
    this.#sync();
    this.player.settle(this.model.t, options);
    const { tasks, events } = this.model;
    const starts = this.model.runs.filter((run) => run.kind === "task" && run.ran !== false).length;
    $("trace-about").textContent = tasks.size ? `${say("trace.tasks", { n: tasks.size })}, ${say("trace.starts", { n: starts })}` : say("log.shown", { n: events.length });
    if (!tasks.size) return;
    const pick = this.model.runs.find((run) => run.redelivery) ?? this.model.runs.find((run) => run.state !== "succeeded" && run.kind === "task") ?? null;
    if (pick && !this.timeline.selected) this.select(pick.key);
  }

  #sync() {
    this.fresh = false;
    this.timeline.sync();
    this.log.sync(this.model, this.filter);
    this.table.sync(this.model);
    this.#laneBoxes();
    if (this.model.dropped) { $("dropped").hidden = false; $("dropped").textContent = say("dropped", { n: this.model.dropped }); }
    if (this.model.forged) { $("forged").hidden = false; $("forged").textContent = say("forged", { n: this.model.forged }); }
  }

  #paint(t) {
    if (this.fresh) this.#sync();
    this.timeline.render(t);
    this.log.render(t);
    if (!$("tableview").hidden) this.table.render(t, (run) => this.#shows(run));
    const whole = Math.max(0, t);
    const text = `${String(Math.floor(whole / 60)).padStart(2, "0")}:${(whole % 60).toFixed(1).padStart(4, "0")}`;
    if (text !== this.clockText) { $("clock").textContent = text; this.clockText = text; }
    const scrub = $("scrub");
    if (!this.player.live || !scrub.matches(":active")) {
      const end = this.player.live ? Math.max(this.player.latest, t) : this.player.end;
      if (end !== this.scrubEnd) { scrub.max = fixed(end, 3); this.scrubEnd = end; }
      scrub.value = t;
      const said = say("scrub.text", { t: fixed(t, 1), end: fixed(end, 1) });
      if (said !== this.scrubSaid) { scrub.setAttribute("aria-valuetext", said); this.scrubSaid = said; }
    }
    const run = this.timeline.selected && this.model.runs.find((one) => one.key === this.timeline.selected);
    if (run) this.onSelect(run);
  }

  #shows(run) {
    const { lanes, kinds, text } = this.filter;
    if (lanes && !lanes.has(run.lane)) return false;
    if (kinds && !kinds.has(run.kind)) return false;
    return !text || [run.name, run.task, run.short, run.label].some((word) => String(word).toLowerCase().includes(text.toLowerCase()));
  }

  select(key) {
    const run = this.model.runs.find((one) => one.key === key);
    if (run && run.start > this.player.t) this.player.seek(Math.min(run.end, this.model.t));
    this.timeline.select(key);
    if (run) this.timeline.reveal(run);
  }

  /** Point at events, in the timeline and in the log. */
  light(seqs) {
    const last = Math.max(...seqs.map((seq) => this.model.anchors.get(seq)?.t ?? 0));
    if (last > this.player.t && !this.player.live) this.player.seek(last);
    this.timeline.light(seqs);
    this.log.point(seqs);
    const anchor = this.model.anchors.get(seqs.at(-1)) ?? this.model.anchors.get(seqs[0]);
    if (anchor?.run) this.select(anchor.run.key);
  }

  #tip(run, node) {
    const tip = $("tip");
    tip.hidden = !run;
    if (!run) return;
    tip.textContent = describe(run, this.player.t);
    const stage = $("stage").getBoundingClientRect(), bar = (node.querySelector(".bar") ?? node).getBoundingClientRect();
    const left = Math.min(Math.max(4, bar.left - stage.left), stage.width - tip.offsetWidth - 6);
    const above = bar.top - stage.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 2 ? above + $("stage").scrollTop : bar.bottom - stage.top + 10 + $("stage").scrollTop}px`;
  }

  #viewed(tl) {
    const whole = tl.shown >= tl.full - 1e-6;
    $("zoom-out").disabled = tl.zoom <= 1;
    $("zoom-fit").disabled = whole && tl.zoom <= 1;
    $("follow").hidden = tl.follow || whole;
    if (whole) tl.follow = true;
  }

  #transport(player) {
    const button = $("play"), can = this.model.events.length > 0 && !player.live;
    button.disabled = !can;
    $("scrub").disabled = !this.model.events.length;
    button.setAttribute("aria-label", say(player.playing ? "pause" : "play"));
    button.querySelector("use").setAttribute("href", player.playing ? "#i-pause" : "#i-play");
    $("logbox").setAttribute("aria-live", player.playing && !player.live ? "polite" : "off");
  }

  #controls() {
    const { player, timeline } = this;
    $("play").addEventListener("click", () => (player.playing ? player.pause() : player.play()));
    $("scrub").addEventListener("input", () => { timeline.follow = timeline.zoom === 1 || timeline.follow; player.seek(Number($("scrub").value)); });
    $("scrub").addEventListener("change", () => { if (player.live) player.play(); });
    for (const radio of document.querySelectorAll("input[name=speed]")) radio.addEventListener("change", () => { player.speed = Number(radio.value); player.last = performance.now(); });
    $("zoom-in").addEventListener("click", () => timeline.zoomBy(1.6));
    $("zoom-out").addEventListener("click", () => timeline.zoomBy(1 / 1.6));
    $("zoom-fit").addEventListener("click", () => timeline.fit());
    $("follow").addEventListener("click", () => { timeline.follow = true; timeline.render(player.t); $("follow").hidden = true; });
    $("fold").addEventListener("click", () => {
      const on = !timeline.folded;
      timeline.fold(on);
      $("fold").setAttribute("aria-pressed", on);
    });
    for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => {
      for (const other of document.querySelectorAll("[data-view]")) other.setAttribute("aria-pressed", other === button);
      const table = button.dataset.view === "table";
      $("stage").hidden = table;
      $("tableview").hidden = !table;
      if (table) this.table.render(player.t, (run) => this.#shows(run));
      else timeline.layout();
    });
  }

  #filters() {
    const apply = () => {
      const kinds = [...document.querySelectorAll("#filter-kinds input")];
      const lanes = [...document.querySelectorAll("#filter-lanes input")];
      const on = (list) => new Set(list.filter((box) => box.checked).map((box) => box.value));
      const drawn = kinds.filter((box) => box.value !== "sample");
      this.filter = {
        kinds: drawn.every((box) => box.checked) ? null : on(drawn),
        samples: kinds.find((box) => box.value === "sample").checked,
        lanes: lanes.every((box) => box.checked) ? null : on(lanes),
        text: $("filter-text").value.trim(),
      };
      $("filter-menu").classList.toggle("is-on", Boolean(this.filter.kinds || this.filter.lanes || this.filter.text));
      this.timeline.setFilter({ lanes: this.filter.lanes, kinds: this.filter.kinds, text: this.filter.text });
      this.log.refilter(this.filter, this.player.t);
      for (const row of this.table.rows) row.key = "";
      this.table.render(this.player.t, (run) => this.#shows(run));
    };
    $("filter-menu").addEventListener("input", apply);
    $("filter-text").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    $("filter-clear").addEventListener("click", () => {
      $("filter-text").value = "";
      for (const box of document.querySelectorAll("#filter-lanes input, #filter-kinds input")) box.checked = box.value !== "sample";
      apply();
    });
    this.#laneBoxes();
  }

  #laneBoxes() {
    const names = [...this.model.lanes.keys()];
    if (names.join() === this.lanesShown) return;
    this.lanesShown = names.join();
    $("filter-lanes").replaceChildren(...names.map((name) => {
      const box = html("input", { type: "checkbox", value: name });
      box.checked = !this.filter.lanes || this.filter.lanes.has(name);
      return html("label", {}, box, ` ${name}`);
    }));
  }
}

export { icon };

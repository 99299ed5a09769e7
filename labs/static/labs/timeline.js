// Swim lanes in SVG. render(t) is idempotent, so a live run, a replay and a scrub are the same call; it touches only the
// bars whose phase changed since the last call. sync() draws what has arrived. Colours and patterns come from the style sheet.
import * as parts from "./timeline-parts.js";
import { el, html, symbol } from "./svg.js";
import { Timescale, idle } from "./trace-model.js";
import { LOOK, describe, fixed, stateAt } from "./words.js";

const CHAR = 6.65;
const AHEAD = 60; // px
const CALM = 250; // ms between two layouts while events pour in
const PATTERNED = new Set(["retrying", "failed", "lost"]);

export class Timeline {
  /** `svg` has an id and stands alone in its stage; `options`: onSelect(run), onHover(run, node), least (seconds shown at least). */
  constructor(svg, model, options = {}) {
    this.svg = svg;
    this.options = { onSelect() {}, onHover() {}, onView() {}, least: 8, ...options };
    this.filter = { lanes: null, kinds: null, text: "" };
    this.zoom = 1;
    this.offset = 0;
    this.follow = true;
    this.folded = false;
    this.t = 0;
    this.selected = null;
    this.lit = [];
    this.bars = [];
    this.use(model);
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(svg.parentElement);
    svg.addEventListener("keydown", (event) => this.#keys(event));
    svg.addEventListener("click", (event) => this.#click(event));
    svg.addEventListener("pointerover", (event) => this.#hover(event));
    svg.addEventListener("pointerleave", () => this.options.onHover(null, null));
    svg.addEventListener("focusin", (event) => this.#hover(event));
    svg.addEventListener("focusout", () => this.options.onHover(null, null));
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#dragging();
  }

  /** Show another trace. */
  use(model) {
    this.model = model;
    Object.assign(this, { selected: null, lit: [], zoom: 1, offset: 0, follow: true, t: 0, bars: [], span: this.options.least });
    this.layout();
  }

  /** The end of what is drawn, in seconds: of the trace when it has ended, else with room for what comes. */
  #reach() {
    const { model } = this;
    const known = Math.max(model.t, 0.5);
    if (model.ended) return known * 1.02 + 0.1;
    let span = Math.max(this.span, this.options.least);
    while (known > span * 0.94) span = Math.ceil(span * 1.35);
    return span;
  }

  x(t) { return +(this.gutter + 4 + this.scale.length(t) * this.pps).toFixed(1); }

  /** The time under a place of the window. */
  timeAt(px) { return this.scale.time((px - this.gutter - 4) / this.pps + this.offset); }

  layout() {
    const { svg, model } = this, stage = svg.parentElement;
    const W = Math.round(stage.clientWidth), H = Math.round(stage.clientHeight);
    if (!W || !H) { this.pending = true; return; }
    this.pending = false;
    this.laidOut = performance.now();
    const compact = W < 560;
    this.span = this.end = this.#reach();
    this.scale = new Timescale(this.folded ? idle(model.events) : []);
    const full = this.scale.length(this.span), axis = 28, gutter = compact ? 0 : 92;
    const shown = (compact ? Math.min(full, 6) : full) / this.zoom;
    Object.assign(this, { W, H, compact, axis, gutter, shown, full, pps: (W - gutter - (compact ? 6 : 12)) / shown, shape: model.shape, killed: model.kills.length });
    this.holdRows = parts.holdRows(model);
    this.bottom = parts.arrange(this);
    const height = Math.max(H, Math.ceil(this.bottom) + 2);
    svg.setAttribute("viewBox", `0 0 ${W} ${height}`);
    svg.style.height = `${height}px`;
    this.active = svg.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    svg.replaceChildren();
    parts.patterns(svg);
    this.#groups(height);
    this.drawn = { runs: 0, links: 0, holds: 0, downs: 0, spans: 0, kills: 0, requeues: 0, sends: 0, fires: 0, marks: 0, ticks: 0 };
    Object.assign(this, { bars: [], stretchy: [], linkNodes: [], holdTexts: [], sendState: {}, fireRight: {}, markLast: {}, killLast: {}, tickD: "", tickPath: null, byKey: new Map() });
    parts.ticks(this, this.gridLayer);
    for (const line of this.gridLayer.querySelectorAll("path")) this.gridPlot.append(line.cloneNode());
    parts.gaps(this, this.gapLayer);
    this.#draw();
    this.#lights();
    this.render(this.t);
    if (this.active) this.byKey.get(this.active)?.g.focus();
    this.options.onView(this);
  }

  #groups(height) {
    const { svg, gutter, W } = this, id = svg.id;
    const back = el("g", { "aria-hidden": "true" }, svg);
    const clip = el("clipPath", { id: `${id}-view` }, svg);
    el("rect", { x: gutter, y: 0, width: W - gutter, height }, clip);
    this.plot = el("g", {}, el("g", { "clip-path": `url(#${id}-view)` }, svg));
    const layer = (parent = this.plot) => el("g", { "aria-hidden": "true" }, parent);
    this.gridLayer = layer();
    this.depthLayer = layer();
    this.probeLayer = layer();
    this.underLayer = layer();
    this.linkLayer = layer();
    this.barLayer = el("g", {}, this.plot);
    this.overLayer = layer();
    this.gapLayer = layer();
    this.lightLayer = layer();
    parts.furniture(this, back, el("g", { "aria-hidden": "true" }, svg));
    this.#curtain(back);
  }

  /** The future lies under a curtain with a grid of its own, and the playhead before it: both are moved by the compositor,
   * so that a frame repaints only the bars that grow. */
  #curtain(back) {
    if (!this.curtain) {
      this.grid = el("svg", { class: "trace", "aria-hidden": "true" });
      this.moving = html("div", { class: "tl-moving" }, this.grid);
      this.curtain = html("div", { class: "tl-curtain" }, this.moving);
      this.flag = html("span", { class: "tl-flag" });
      this.head = html("div", { class: "tl-head", "aria-hidden": "true" }, this.flag);
      this.svg.after(this.curtain, this.head);
    }
    const { gutter, axis, bottom, W } = this, width = Math.max(0, W - gutter), height = Math.max(0, bottom - axis);
    Object.assign(this.curtain.style, { left: `${gutter}px`, top: `${axis}px`, width: `${width}px`, height: `${height}px` });
    Object.assign(this.head.style, { height: `${bottom}px` });
    this.grid.setAttribute("viewBox", `${gutter} ${axis} ${width} ${height}`);
    Object.assign(this.grid.style, { width: `${width}px`, height: `${height}px` });
    this.grid.replaceChildren();
    el("rect", { class: "future", x: gutter, y: axis, width, height }, this.grid);
    this.gridPlot = el("g", {}, this.grid);
    for (const rule of back.querySelectorAll(".lane")) this.grid.append(rule.cloneNode());
    this.slid = null;
  }

  /** Draw what the model has and the page has not. */
  #draw() {
    const { model } = this;
    parts.downs(this, this.underLayer);
    parts.spans(this, this.underLayer);
    if (this.drawnSamples !== model.depth.length || !this.depthLayer.firstChild) parts.depth(this);
    this.drawnSamples = model.depth.length;
    if (model.probes.length && (this.drawnProbes !== model.probes.length || !this.probeLayer.firstChild)) parts.probes(this);
    this.drawnProbes = model.probes.length;
    parts.holds(this, this.underLayer);
    for (; this.drawn.runs < model.runs.length; this.drawn.runs += 1) this.#bar(model.runs[this.drawn.runs]);
    parts.links(this, this.linkLayer);
    parts.kills(this, this.overLayer);
    parts.sends(this, this.overLayer);
    parts.fires(this, this.overLayer);
    parts.marks(this, this.overLayer);
    this.stretchy = this.stretchy.filter((update) => !update());
  }

  /** Events have arrived: draw them, or all of it when a lane or a row is new or the end has moved. */
  sync() {
    if (this.pending) return;
    const { model } = this;
    const rows = parts.holdRows(model);
    const stale = model.shape !== this.shape || model.kills.length !== this.killed || rows !== this.holdRows || this.folded;
    if (this.#reach() !== this.span || (stale && (model.ended || performance.now() - this.laidOut > CALM))) { this.layout(); return; }
    if (stale && !this.later) this.later = setTimeout(() => { this.later = 0; this.sync(); }, CALM);
    this.#draw();
  }

  #shows(run) {
    const { kinds, text } = this.filter;
    if (kinds && !kinds.has(run.kind)) return false;
    if (!text) return true;
    const needle = text.toLowerCase();
    return [run.name, run.task, run.short, run.label].some((word) => String(word).toLowerCase().includes(needle));
  }

  #bar(run) {
    const lane = this.lanes.get(run.lane);
    if (!lane || !this.#shows(run)) return;
    const { y, h } = parts.place(lane, run.row);
    const g = el("g", { class: "exec", tabindex: "-1", role: "button", "data-key": run.key }, this.barLayer);
    const bar = { run, g, y, h, shape: el("path", { class: "bar" }, g), phase: -1, pattern: null, label: null, glyph: null, badge: null, ack: null };
    bar.text = { long: run.label, short: run.short || run.label };
    if (run.attempt > 1) { bar.text.long += `\u00b7${run.attempt}`; bar.text.short += `\u00b7${run.attempt}`; }
    g.style.display = "none";
    this.bars.push(bar);
    this.byKey.set(run.key, bar);
  }

  render(t) {
    this.t = t;
    if (this.pending || !this.head) return;
    const px = this.x(t);
    const limit = Math.max(0, this.full - this.shown);
    if (this.follow) this.offset = Math.min(Math.max(0, this.scale.length(t) - this.shown * 0.82), limit);
    this.offset = Math.min(Math.max(0, this.offset), limit);
    const by = this.offset * this.pps, slide = `translate(${(-by).toFixed(1)} 0)`, at = px - by;
    if (slide !== this.slid) { this.plot.setAttribute("transform", slide); this.gridPlot.setAttribute("transform", slide); }
    this.slid = slide;
    const open = Math.max(0, at - this.gutter);
    this.moving.style.transform = `translateX(${open}px)`;
    this.grid.style.transform = `translateX(${-open}px)`;
    this.head.style.transform = `translateX(${at}px)`;
    const hidden = at < this.gutter - 1 || at > this.W + 1;
    if (hidden !== this.head.hidden) this.head.hidden = hidden;
    for (const label of this.labels) {
      const under = Math.abs(label.at - px) < 32;
      if (under !== label.under) label.style.visibility = under ? "hidden" : "";
      label.under = under;
    }
    const flag = fixed(t, this.zoom > 3 ? 2 : 1);
    if (flag !== this.flagged) { this.flag.textContent = flag; this.flagged = flag; }
    for (const text of this.holdTexts) { // its length is not known before it is over
      const early = t < text.end;
      if (early !== text.early) text.node.style.visibility = early ? "hidden" : "";
      text.early = early;
    }
    let rover = null;
    for (const bar of this.bars) {
      const { run } = bar, acked = run.ack !== null && run.ack <= t;
      const phase = t < run.start ? 0 : t < run.end ? 1 : run.after && t >= run.after.t ? 3 : 2;
      if (phase !== bar.phase || acked !== bar.acked || (phase === 1 && t > bar.until)) this.#paint(bar, t, phase, acked);
      if (phase && bar.g.getAttribute("tabindex") === "0") rover = bar;
    }
    if (!rover) this.#rove(this.bars.find((bar) => bar.phase));
  }

  #paint(bar, t, phase, acked) {
    const { run, g, y, h } = bar;
    const news = phase !== bar.phase || acked !== bar.acked;
    if (news) g.style.display = phase ? "" : "none";
    bar.phase = phase;
    bar.acked = acked;
    if (!phase) return;
    const state = stateAt(run, t), look = LOOK[state];
    // A bar under way is drawn a little into the future, where the curtain hides it: it need not be painted with every frame.
    const drawn = Math.min(run.end, phase === 1 ? t + AHEAD / this.pps : Infinity);
    bar.until = drawn - 4 / this.pps;
    const a = this.x(run.start), w = Math.max(run.ran === false ? 26 : 2.5, this.x(drawn) - a);
    let d = run.redelivery && w > 8 ? `M${a} ${y}l${h / 7} ${h / 2}l${-h / 7} ${h / 2}` : `M${a} ${y}V${y + h}`;
    d += look === "lost" ? `H${a + w}l${-h / 7} ${-h / 4}l${h / 7} ${-h / 4}l${-h / 7} ${-h / 4}l${h / 7} ${-h / 4}Z` : `H${a + w}V${y}Z`;
    bar.shape.setAttribute("d", d);
    if (PATTERNED.has(look) && phase > 1) {
      bar.pattern ??= el("path", { class: "pat" }, g);
      bar.pattern.setAttribute("d", d);
      bar.pattern.setAttribute("fill", `url(#${this.svg.id}-${look})`);
    } else if (bar.pattern) { bar.pattern.remove(); bar.pattern = null; }
    if (news) {
      g.setAttribute("class", `exec is-${look}${phase === 1 ? " live" : ""} k-${run.kind}${this.selected === run.key ? " sel" : ""}${this.litKeys?.has(run.key) ? " lit" : ""}`);
      g.setAttribute("aria-label", describe(run, t));
      g.setAttribute("aria-pressed", this.selected === run.key);
    }
    this.#lettering(bar, a, w, look, phase);
    this.#ack(bar, acked);
    this.#after(bar, phase);
  }

  /** What a pool's parent said of a run whose child had died. */
  #after(bar, phase) {
    const { run, g, y, h } = bar;
    if (phase === 3 && !bar.after) {
      const a = this.x(run.end), b = this.x(run.after.t), mid = y + h / 2, look = LOOK[run.after.state];
      bar.after = el("g", { class: `is-${look}` }, g);
      if (b - a > 10) el("path", { class: "link", d: `M${a + 2} ${mid}H${b - 8}` }, bar.after);
      symbol(`s-${look}`, { class: "mk", width: 13, height: 13, x: Math.max(a + 2, b - 6.5), y: mid - 6.5 }, bar.after);
    }
    if (bar.after) bar.after.style.display = phase === 3 ? "" : "none";
  }

  /** The label, the glyph of the state and the sign of a redelivery, as far as they fit. */
  #lettering(bar, a, w, look, phase) {
    const { run, g, y, h } = bar, mid = y + h / 2;
    const small = h < 12 || run.kind === "call";
    const lead = run.redelivery && w > 24 && !small ? 25 : 6;
    const space = w - lead - 5;
    const words = small ? "" : bar.text.long.length * CHAR <= space ? bar.text.long : bar.text.short.length * CHAR <= space ? bar.text.short : "";
    if (words && !bar.label) bar.label = el("text", { class: "t-bar" }, g);
    if (bar.label) {
      bar.label.style.display = words ? "" : "none";
      if (words && bar.words !== words) { bar.label.textContent = words; bar.words = words; }
      if (words) { bar.label.setAttribute("x", a + lead); bar.label.setAttribute("y", mid + 4); }
    }
    if (lead === 25 && !bar.badge) bar.badge = symbol("s-redelivered", { class: "mk is-redelivered", width: 14, height: 14, x: a + 7, y: mid - 7 }, g);
    if (bar.badge) bar.badge.style.display = lead === 25 ? "" : "none";
    const left = w - lead - words.length * CHAR;
    const room = phase > 1 && !small && (words ? left > 24 : w > 15 && lead === 6);
    if (room && !bar.glyph) bar.glyph = symbol(`s-${look}`, { class: "mk", width: 13, height: 13 }, g);
    if (!bar.glyph) return;
    bar.glyph.style.display = room ? "" : "none";
    if (!room) return;
    bar.glyph.firstChild.setAttribute("href", `#s-${look}`);
    bar.glyph.setAttribute("x", words ? a + w - (look === "lost" ? 23 : 19) : a + w / 2 - 6.5);
    bar.glyph.setAttribute("y", mid - 6.5);
  }

  /** Where the acknowledgement left: a small wedge under the bar. */
  #ack(bar, acked) {
    if (acked && !bar.ack) {
      const x = this.x(bar.run.ack), y = bar.y + bar.h;
      bar.ack = el("path", { class: "ack", d: `M${x} ${y}l3.6 5.2h-7.2Z` }, bar.g);
    }
    if (bar.ack) bar.ack.style.display = acked ? "" : "none";
  }

  #rove(bar) {
    if (this.rover && this.rover !== bar) this.rover.g.setAttribute("tabindex", "-1");
    if (bar) bar.g.setAttribute("tabindex", "0");
    this.rover = bar ?? null;
  }

  #visible() { return this.bars.filter((bar) => bar.phase); }

  #keys(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: "down", ArrowUp: "up", Home: "first", End: "last" };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.shiftKey && steps[event.key]) { this.pan(Math.sign(steps[event.key] === 1 ? 1 : -1) * 0.15); event.preventDefault(); return; }
    if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "0") this.fit();
    else if (event.key === "Escape" && this.selected) this.select(null);
    else if (event.key === "Enter" || event.key === " ") { const bar = this.byKey.get(event.target.closest?.(".exec")?.dataset.key); if (!bar) return; this.select(bar.run.key); }
    else if (steps[event.key]) this.#step(event, steps[event.key]);
    else return;
    event.preventDefault();
  }

  #step(event, step) {
    const shown = this.#visible(), at = shown.findIndex((bar) => bar.g === document.activeElement);
    if (!shown.length) return;
    let next = shown[Math.max(at, 0)];
    if (step === "first") next = shown[0];
    else if (step === "last") next = shown.at(-1);
    else if (typeof step === "number") next = shown[(at + step + shown.length) % shown.length];
    else if (at >= 0) {
      const here = shown[at], sign = step === "down" ? 1 : -1;
      const there = shown.filter((bar) => (bar.y - here.y) * sign > 1);
      const nearest = Math.min(...there.map((bar) => Math.abs(bar.y - here.y)));
      next = there.filter((bar) => Math.abs(bar.y - here.y) < nearest + 1)
        .sort((a, b) => Math.abs(a.run.start - here.run.start) - Math.abs(b.run.start - here.run.start))[0] ?? here;
    }
    this.#rove(next);
    this.reveal(next.run);
    next.g.focus();
  }

  #click(event) {
    if (this.dragged) return;
    const key = event.target.closest?.(".exec")?.dataset.key;
    if (key) this.select(key);
  }

  #hover(event) {
    const node = event.target.closest?.(".exec");
    this.options.onHover(node ? this.byKey.get(node.dataset.key)?.run ?? null : null, node);
  }

  #wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY * 0.004), event.clientX - this.svg.getBoundingClientRect().left);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && this.shown < this.full) {
      event.preventDefault();
      this.pan(event.deltaX / (this.W - this.gutter));
    }
  }

  #dragging() {
    let from = null;
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button || this.shown >= this.full - 1e-9) return;
      from = { x: event.clientX, offset: this.offset, id: event.pointerId };
      this.dragged = false;
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || event.pointerId !== from.id) return;
      const by = event.clientX - from.x;
      if (!this.dragged && Math.abs(by) < 5) return;
      if (!this.dragged) { this.dragged = true; this.svg.setPointerCapture(from.id); this.svg.classList.add("dragging"); }
      this.follow = false;
      this.offset = from.offset - by / this.pps;
      this.render(this.t);
      this.options.onView(this);
    });
    const end = () => { from = null; this.svg.classList.remove("dragging"); setTimeout(() => { this.dragged = false; }); };
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", end);
  }

  /** Zoom in by a factor around a place of the window, by default the playhead or the middle. */
  zoomBy(factor, px = null) {
    if (!this.scale) return;
    const head = this.x(this.t) - this.offset * this.pps;
    const at = px ?? (head > this.gutter && head < this.W ? head : this.gutter + (this.W - this.gutter) / 2);
    const length = (at - this.gutter - 4) / this.pps + this.offset;
    this.zoom = Math.min(400, Math.max(1, this.zoom * factor));
    const base = this.compact ? Math.min(this.full, 6) : this.full, shown = base / this.zoom;
    this.offset = length - ((at - this.gutter - 4) / (this.W - this.gutter - (this.compact ? 6 : 12))) * shown;
    this.follow = this.zoom === 1;
    this.layout();
  }

  /** Move the window by a share of its width. */
  pan(share) {
    if (!this.scale) return;
    this.follow = false;
    this.offset += share * this.shown;
    this.render(this.t);
    this.options.onView(this);
  }

  fit() {
    Object.assign(this, { zoom: 1, offset: 0, follow: true });
    this.layout();
  }

  fold(on) {
    this.folded = on;
    this.layout();
  }

  setFilter(change) {
    Object.assign(this.filter, change);
    this.layout();
  }

  /** Bring a run into the window. */
  reveal(run) {
    if (!this.scale) return;
    const from = this.scale.length(run.start), to = this.scale.length(Math.min(run.end, this.t));
    if (from >= this.offset && from <= this.offset + this.shown * 0.96) return;
    this.follow = false;
    this.offset = Math.max(0, (from + Math.min(to, from + this.shown)) / 2 - this.shown / 2);
    this.render(this.t);
    this.options.onView(this);
  }

  select(key) {
    const before = this.byKey?.get(this.selected);
    this.selected = key;
    const bar = this.byKey?.get(key);
    for (const one of [before, bar]) if (one) { one.phase = -1; }
    const run = this.model.runs.find((r) => r.key === key) ?? null;
    for (const { node, task } of this.linkNodes ?? []) node.classList.toggle("on", Boolean(run?.task) && task === run.task);
    if (bar) this.#rove(bar);
    this.render(this.t);
    this.options.onSelect(run);
  }

  /** Light up the events that decided something. */
  light(seqs) {
    this.lit = seqs;
    this.#lights();
    for (const bar of this.bars) bar.phase = -1;
    this.render(this.t);
  }

  #lights() {
    const anchors = this.lit.map((seq) => this.model.anchors.get(seq)).filter(Boolean);
    this.litKeys = new Set(anchors.map((anchor) => anchor.run?.key).filter(Boolean));
    if (!this.lightLayer) return;
    this.lightLayer.replaceChildren();
    anchors.forEach((anchor, i) => {
      const lane = this.lanes.get(anchor.lane);
      if (!lane) return;
      const bar = anchor.run && this.byKey.get(anchor.run.key), x = this.x(anchor.t), y = bar ? bar.y : lane.y + lane.h / 2;
      el("path", { class: "ray", d: `M${x} ${this.axis}V${this.bottom}` }, this.lightLayer);
      el("circle", { class: "pin", cx: x, cy: y, r: 8.5 }, this.lightLayer);
      el("text", { class: "pin-t", x, y: y + 4, "text-anchor": "middle" }, this.lightLayer, String(i + 1));
    });
  }

  destroy() {
    this.observer.disconnect();
    this.curtain?.remove();
    this.head?.remove();
  }
}

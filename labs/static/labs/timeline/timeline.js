// Swim lanes in SVG. render(t) is idempotent: a live run, a replay and a scrub are the same call. It touches
// only bars whose phase changed. sync() draws what has arrived. The parts are in the files beside this one.
import { el } from "../elements.js";
import { TimeScale, idle } from "../trace/time-scale.js";
import { fixed } from "../words.js";
import { drawGaps, drawTicks } from "./axis.js";
import { makeBar, showAt } from "./bars.js";
import { drawDepth, drawHolds, drawLinks, holdRows } from "./broker.js";
import { reach } from "./geometry.js";
import { LabelRoom } from "./label-room.js";
import { gutterOf, layOutLanes } from "./lanes.js";
import { drawLights, layGroups, layersOf, nothingDrawn, showLights, uncover } from "./layers.js";
import { drawFires, drawKills, drawMarks, drawSends } from "./marks.js";
import { listen } from "./pointing.js";
import { drawDowns, drawProbes, drawSpans } from "./spans.js";
import { drawStrip, sayStrip, stripOf } from "./strip.js";

const CALM = 250; // ms between two layouts while events pour in
const AXIS = 28; // px

export class Timeline {
  /** @type {Drawing.Bar | null} the bar that Tab reaches */
  #rover = null;
  /** @type {string | null} */
  #slid = null;
  #pending = false; // the stage is hidden: there is nothing to draw on
  #laidOut = 0; // ms
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #later = 0;
  #known = { shape: 0, kills: 0 }; // what the last layout knew of the model

  /**
   * @param {SVGSVGElement} svg has an id and is alone in its stage
   * @param {Trace.Model} model
   * @param {Partial<Drawing.Options>} options
   */
  constructor(svg, model, options = {}) {
    const stage = svg.parentElement;
    if (!stage) throw new Error("a timeline needs a stage around its SVG");
    this.svg = svg;
    this.stage = stage;
    /** @type {Drawing.Options} */
    this.options = { onSelect() {}, onHover() {}, onView() {}, least: 8, ...options };
    /** @type {Drawing.Filter} */
    this.filter = { lanes: null, kinds: null, text: "" };
    this.folded = false;
    this.W = this.H = this.gutter = this.bottom = this.strip = this.holdRows = 0;
    this.full = this.shown = this.pxPerSecond = 0;
    this.axis = AXIS;
    this.compact = false;
    this.scale = new TimeScale();
    /** @type {Map<string, Drawing.Lane>} */ this.lanes = new Map();
    /** @type {Drawing.Label[]} */ this.labels = [];
    /** @type {Map<string, Drawing.Bar>} */ this.byKey = new Map();
    /** @type {Set<string>} */ this.litKeys = new Set();
    this.drawn = nothingDrawn();
    this.room = new LabelRoom();
    this.plot = el("g");
    this.layers = layersOf(this.plot);
    /** @type {Drawing.Curtain | null} there from the first layout on */ this.curtain = null;
    this.model = model;
    /** @type {string | null} the key of an execution */ this.selected = null;
    /** @type {number[]} seqs */ this.lit = [];
    /** @type {Drawing.Bar[]} */ this.bars = [];
    this.zoom = 1;
    this.offset = 0; // seconds of the scale left of the window
    this.follow = true;
    this.t = 0;
    this.span = this.options.least; // the end of what is drawn, in seconds
    this.layout();
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(stage);
    listen(this);
  }

  /**
   * Show another trace.
   * @param {Trace.Model} model
   */
  use(model) {
    Object.assign(this, { model, selected: null, lit: [], zoom: 1, offset: 0, follow: true, t: 0, bars: [] });
    this.span = this.options.least;
    this.layout();
  }

  /** @param {number} t */
  x(t) { return +(this.gutter + 4 + this.scale.length(t) * this.pxPerSecond).toFixed(1); }

  /**
   * The time under a place of the window.
   * @param {number} px
   */
  timeAt(px) { return this.scale.time((px - this.gutter - 4) / this.pxPerSecond + this.offset); }

  #reach() { return reach(this.model, Math.max(this.span, this.options.least)); }

  layout() {
    const { svg, model, stage } = this, W = Math.round(stage.clientWidth), H = Math.round(stage.clientHeight);
    this.#pending = !W || !H;
    if (this.#pending) return;
    this.#laidOut = performance.now();
    this.#known = { shape: model.shape, kills: model.kills.length };
    this.span = this.#reach();
    this.scale = new TimeScale(this.folded ? idle(model.events) : []);
    this.#measure(W, H);
    this.holdRows = holdRows(model);
    this.strip = stripOf(model);
    this.bottom = layOutLanes(this);
    const height = Math.max(H, Math.ceil(this.bottom) + 2);
    const focused = document.activeElement;
    const key = focused instanceof SVGElement && svg.contains(focused) ? focused.dataset.key : null;
    layGroups(this, height);
    this.#slid = null;
    Object.assign(this, { drawn: nothingDrawn(), room: new LabelRoom(), bars: [], byKey: new Map() });
    drawTicks(this, this.layers.grid);
    for (const line of this.layers.grid.querySelectorAll("path")) this.curtain?.plot.append(line.cloneNode());
    drawGaps(this, this.layers.gap);
    this.#draw();
    drawLights(this);
    this.render(this.t);
    if (key) this.byKey.get(key)?.g.focus();
    this.options.onView(this);
  }

  /** @param {number} W @param {number} H */
  #measure(W, H) {
    const compact = W < 560, full = this.scale.length(this.span), gutter = compact ? 0 : gutterOf(this.model);
    const shown = (compact ? Math.min(full, 6) : full) / this.zoom;
    Object.assign(this, {
      W, H, compact, gutter, shown, full, pxPerSecond: (W - gutter - (compact ? 6 : 12)) / shown,
    });
  }

  /** Draw what the model has and the page has not. */
  #draw() {
    const { model, drawn } = this;
    drawStrip(this);
    drawDowns(this);
    drawSpans(this);
    if (drawn.samples !== model.depth.length) drawDepth(this);
    drawn.samples = model.depth.length;
    if (drawn.probes !== model.probes.length) drawProbes(this);
    drawn.probes = model.probes.length;
    drawHolds(this);
    for (const execution of model.executions.slice(drawn.executions)) {
      const bar = makeBar(this, execution);
      if (!bar) continue;
      this.bars.push(bar);
      this.byKey.set(execution.key, bar);
    }
    drawn.executions = model.executions.length;
    drawLinks(this);
    drawKills(this);
    drawSends(this);
    drawFires(this);
    drawMarks(this);
    drawn.stretchy = drawn.stretchy.filter((update) => !update());
  }

  /** Events have arrived: draw them, or all of it when a lane or a row is new or the end has moved. */
  sync() {
    if (this.#pending) return;
    const { model } = this, { shape, kills: known } = this.#known, rows = holdRows(model);
    const stale = model.shape !== shape || model.kills.length !== known || rows !== this.holdRows
      || this.folded;
    const calm = model.ended || performance.now() - this.#laidOut > CALM;
    if (this.#reach() !== this.span || (stale && calm)) { this.layout(); return; }
    if (stale && !this.#later) this.#later = setTimeout(() => { this.#later = 0; this.sync(); }, CALM);
    this.#draw();
  }

  /** @param {number} t */
  render(t) {
    this.t = t;
    const { curtain } = this;
    if (this.#pending || !curtain) return;
    const px = this.x(t), limit = Math.max(0, this.full - this.shown);
    if (this.follow) this.offset = Math.min(Math.max(0, this.scale.length(t) - this.shown * 0.82), limit);
    this.offset = Math.min(Math.max(0, this.offset), limit);
    const by = this.offset * this.pxPerSecond, slide = `translate(${(-by).toFixed(1)} 0)`;
    if (slide !== this.#slid) {
      for (const plot of [this.plot, curtain.plot]) plot.setAttribute("transform", slide);
    }
    this.#slid = slide;
    curtain.move(this, px - by);
    uncover(this, t, px);
    sayStrip(this, t);
    curtain.say(fixed(t, this.zoom > 3 ? 2 : 1));
    let roving = false;
    for (const bar of this.bars) {
      showAt(this, bar, t);
      if (bar.phase && bar.g.getAttribute("tabindex") === "0") roving = true;
    }
    if (!roving) this.rove(this.bars.find((bar) => bar.phase) ?? null);
  }

  /**
   * The bar that Tab reaches from now on.
   * @param {Drawing.Bar | null} bar
   */
  rove(bar) {
    if (this.#rover && this.#rover !== bar) this.#rover.g.setAttribute("tabindex", "-1");
    bar?.g.setAttribute("tabindex", "0");
    this.#rover = bar;
  }

  /**
   * Zoom in by a factor around a place of the window, by default the playhead or the middle.
   * @param {number} factor
   * @param {number | null} px
   */
  zoomBy(factor, px = null) {
    if (!this.curtain) return;
    const head = this.x(this.t) - this.offset * this.pxPerSecond;
    const at = px ?? (head > this.gutter && head < this.W ? head : this.gutter + (this.W - this.gutter) / 2);
    const length = (at - this.gutter - 4) / this.pxPerSecond + this.offset;
    this.zoom = Math.min(400, Math.max(1, this.zoom * factor));
    const base = this.compact ? Math.min(this.full, 6) : this.full, shown = base / this.zoom;
    const width = this.W - this.gutter - (this.compact ? 6 : 12);
    this.offset = length - ((at - this.gutter - 4) / width) * shown;
    this.follow = this.zoom === 1;
    this.layout();
  }

  /**
   * Move the window by a share of its width.
   * @param {number} share
   */
  pan(share) { if (this.curtain) this.moveTo(this.offset + share * this.shown); }

  /**
   * Move the window so that this many seconds of the scale are left of it.
   * @param {number} offset
   */
  moveTo(offset) {
    this.follow = false;
    this.offset = offset;
    this.render(this.t);
    this.options.onView(this);
  }

  fit() {
    Object.assign(this, { zoom: 1, offset: 0, follow: true });
    this.layout();
  }

  /** @param {boolean} on */
  fold(on) {
    this.folded = on;
    this.layout();
  }

  /** @param {Partial<Drawing.Filter>} change */
  setFilter(change) {
    Object.assign(this.filter, change);
    this.layout();
  }

  /**
   * Bring an execution into the window.
   * @param {Trace.Execution} execution
   */
  reveal(execution) {
    if (!this.curtain) return;
    const from = this.scale.length(execution.start), to = this.scale.length(Math.min(execution.end, this.t));
    if (from >= this.offset && from <= this.offset + this.shown * 0.96) return;
    this.moveTo(Math.max(0, (from + Math.min(to, from + this.shown)) / 2 - this.shown / 2));
  }

  /** @param {string | null} key */
  select(key) {
    const bar = key ? this.byKey.get(key) : null;
    const before = this.selected ? this.byKey.get(this.selected) : null;
    this.selected = key;
    for (const one of [before, bar]) if (one) one.phase = -1;
    const execution = this.model.executions.find((one) => one.key === key) ?? null;
    for (const { node, task } of this.drawn.linkNodes) {
      node.classList.toggle("on", Boolean(execution?.task) && task === execution?.task);
    }
    if (bar) this.rove(bar);
    this.render(this.t);
    this.options.onSelect(execution);
  }

  /**
   * Light up the events that decided something.
   * @param {number[]} seqs
   */
  light(seqs) {
    this.lit = seqs;
    showLights(this);
    for (const bar of this.bars) bar.phase = -1;
    this.render(this.t);
  }

  destroy() {
    this.observer.disconnect();
    this.curtain?.remove();
  }
}

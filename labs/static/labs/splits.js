// The lines between the panes: dragged or moved by keys, remembered in this browser.
import { need } from "./elements.js";
import { say } from "./words.js";

const TRACE = 320; // px that the trace keeps
const LINE = 9; // px of one separator, as in bench.css
const WHOLE = 920; // px for the longest line of our code, with its margins
const STEP = 24;

/** @typedef {{ code?: number, inspect?: number }} Widths px; 0 closes the inspector */

/** @returns {Widths} */
function read() { try { return JSON.parse(localStorage.getItem("panes") ?? "{}"); } catch { return {}; } }

export class Splits {
  /** @type {Widths} */
  kept = read();
  /** @type {Widths | null} what was there before the code was widened */
  #before = null;

  constructor() {
    const { root } = this;
    this.code = need("pane-code", HTMLElement);
    this.inspect = need("pane-inspect", HTMLElement);
    this.widen = need("widen", HTMLButtonElement);
    this.lines = { code: need("split-code", HTMLElement), inspect: need("split-inspect", HTMLElement) };
    for (const name of /** @type {const} */ (["code", "inspect"])) this.#listen(name, this.lines[name]);
    this.widen.addEventListener("click", () => this.#widen());
    addEventListener("resize", () => this.say());
    root.dataset.inspector ??= "";
    this.say();
  }

  get root() { return document.documentElement; }

  /** @param {"code" | "inspect"} name */
  width(name) { return Math.round(this[name].getBoundingClientRect().width); }

  /** @param {"code" | "inspect"} name the most that leaves room for the trace */
  most(name) {
    return Math.max(
      this.least(name), innerWidth - TRACE - 2 * LINE - this.width(name === "code" ? "inspect" : "code"),
    );
  }

  /** @param {"code" | "inspect"} name */
  least(name) { return name === "code" ? 260 : 220; }

  /**
   * @param {"code" | "inspect"} name
   * @param {number | null} px null: the usual width
   */
  set(name, px) {
    const { style } = this.root;
    if (px === null) { delete this.kept[name]; style.removeProperty(`--${name}`); }
    else {
      const closes = name === "inspect" && px < this.least(name) / 2;
      const width = closes ? 0 : Math.round(Math.min(this.most(name), Math.max(this.least(name), px)));
      this.kept[name] = width;
      style.setProperty(`--${name}`, `${width}px`);
    }
    if (name === "inspect") this.root.dataset.inspector = this.kept.inspect === 0 ? "closed" : "";
    try {
      localStorage.setItem("panes", JSON.stringify(this.kept));
    } catch { /* lasts as long as the page */ }
    this.say();
  }

  /** The inspector is wanted: open it where it is closed. */
  openInspector() { if (this.kept.inspect === 0) this.set("inspect", null); }

  /** What assistive technology reads of the lines. */
  say() {
    for (const name of /** @type {const} */ (["code", "inspect"])) {
      const line = this.lines[name], now = this.width(name);
      line.setAttribute("aria-valuemin", name === "inspect" ? "0" : String(this.least(name)));
      line.setAttribute("aria-valuemax", String(Math.max(now, this.most(name))));
      line.setAttribute("aria-valuenow", String(now));
      line.setAttribute("aria-valuetext", now ? say("pane.width", { n: now }) : say("pane.closed"));
    }
    this.widen.setAttribute("aria-pressed", String(this.#before !== null));
  }

  /**
   * Whole lines of code, and back. Where the window is too narrow for all three panes, the inspector closes.
   */
  #widen() {
    const before = this.#before;
    if (before) {
      this.#before = null;
      this.set("inspect", before.inspect ?? null);
      this.set("code", before.code ?? null);
      return;
    }
    this.#before = { ...this.kept };
    if (innerWidth - WHOLE - this.width("inspect") - 2 * LINE < TRACE) this.set("inspect", 0);
    this.set("code", WHOLE);
  }

  /** @param {"code" | "inspect"} name @param {HTMLElement} line */
  #listen(name, line) {
    const grows = name === "code" ? 1 : -1; // to the right
    line.addEventListener("pointerdown", (event) => {
      const from = event.clientX, width = this.width(name);
      event.preventDefault();
      line.focus();
      line.setPointerCapture(event.pointerId);
      const move = (/** @type {PointerEvent} */ moved) =>
        this.set(name, width + (moved.clientX - from) * grows);
      line.addEventListener("pointermove", move);
      const end = () => line.removeEventListener("pointermove", move);
      line.addEventListener("lostpointercapture", end, { once: true });
    });
    line.addEventListener("dblclick", () => this.set(name, null));
    line.addEventListener("keydown", (event) => this.#press(name, grows, event));
  }

  /** @param {"code" | "inspect"} name @param {number} grows @param {KeyboardEvent} event */
  #press(name, grows, event) {
    const now = this.width(name), by = (event.shiftKey ? 4 : 1) * STEP * grows;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, (() => void) | undefined>} */
    const keys = {
      ArrowRight: () => this.set(name, now + by),
      ArrowLeft: () => this.set(name, now || by > 0 ? now - by : this.least(name)),
      Home: () => this.set(name, this.least(name)),
      End: () => this.set(name, this.most(name)),
      Enter: () => (name === "code" ? this.#widen() : this.set(name, now ? 0 : null)),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

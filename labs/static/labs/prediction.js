// The learner's prediction for the next run, and beside it what was measured.
import { call } from "./api.js";
import { refusal, tryAgain } from "./bench-page.js";
import { el, find, need } from "./elements.js";
import { asFine, exact, say, trim } from "./words.js";

const READ_AFTER = 350; // ms after the last key

export class Prediction {
  #timer = 0;
  /** @type {Api.Prediction | null} what goes with the next run */
  next = null;
  /** @type {Promise<boolean>} whether what was locked last could be read */
  #locking = Promise.resolve(true);

  /** @param {Api.Bench} data */
  constructor(data) {
    this.data = data;
    this.box = find("prediction");
    /**
     * @type {{ measure: HTMLSelectElement, number: HTMLInputElement, said: HTMLElement } | null} only where
     *   one may predict
     */
    this.form = null;
    if (!this.box || !find("predict-measure")) return;
    const form = {
      measure: need("predict-measure", HTMLSelectElement), number: need("predict-n", HTMLInputElement),
      said: need("predict-said", HTMLElement),
    };
    this.form = form;
    form.measure.addEventListener("change", () => { this.#forget(form); this.#read(form); });
    form.number.addEventListener("input", () => {
      this.#forget(form);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#read(form), READ_AFTER);
    });
    const commit = need("predict-commit", HTMLButtonElement);
    commit.addEventListener("click", () => { this.#locking = this.#lock(form); });
    form.number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#locking = this.#lock(form);
    });
    this.#forget(form);
    for (const part of [form.measure, form.number, commit]) part.disabled = false; // nobody heard them before
  }

  /** @param {NonNullable<Prediction["form"]>} form another measure or another number: nothing is locked */
  #forget({ measure, number, said }) {
    this.next = null;
    said.textContent = "";
    number.removeAttribute("aria-invalid");
    need("predict-unit", HTMLElement).textContent = unitOf(measure);
  }

  /**
   * What the server understands of what is typed, said before it is locked. Null if the text is not a number,
   * or the measure is unknown.
   * @param {NonNullable<Prediction["form"]>} form
   * @returns {Promise<{ value: number, said: string } | null>}
   */
  async #read({ measure, number, said }) {
    clearTimeout(this.#timer);
    const text = number.value, asked = measure.value;
    if (!text.trim()) return null;
    const body = new URLSearchParams({ measure: asked, text });
    const response = await call(this.data.urls.read_prediction, { method: "POST", body });
    if (number.value !== text || measure.value !== asked || this.next) return null; // typed on meanwhile
    const unread = response.status === 422;
    if (unread) number.setAttribute("aria-invalid", "true");
    said.textContent = response.ok
      ? say("predict.read", { said: response.body.said })
      : unread ? response.body.detail
      : `${refusal(response)} `;
    if (!response.ok && !unread) said.append(tryAgain(() => { if (this.form) this.#read(this.form); }));
    return response.ok ? response.body : null;
  }

  /** @param {NonNullable<Prediction["form"]>} form */
  async #lock(form) {
    const { measure, number, said } = form;
    if (!number.value.trim()) {
      number.setAttribute("aria-invalid", "true");
      said.textContent = say("predict.bad");
    }
    const found = await this.#read(form);
    if (!found && this.next) return true; // pressed twice: the first press has locked it
    if (!found) { number.focus(); return false; }
    this.next = { measure: measure.value, value: found.value };
    said.textContent = say("predict.next", { said: found.said });
    return true;
  }

  /** A prediction that was locked just now is still being read: may a run begin? Not if it cannot be read. */
  settled() { return this.#locking.finally(() => { this.#locking = Promise.resolve(true); }); }

  /**
   * A run has begun with what was locked; the next one needs a prediction of its own.
   * @param {Api.Prediction | null} used
   */
  use(used) {
    if (this.next !== used) return; // locked meanwhile, for the next run
    this.next = null;
    if (this.form && used) { this.form.said.textContent = ""; this.form.number.value = ""; }
    const details = find("predict-next");
    if (details instanceof HTMLDetailsElement) details.open = false;
  }

  /**
   * Prediction and measurement on one axis.
   * @param {Api.Prediction | null | undefined} prediction as it was sent
   * @param {Record<string, number | null> | null} measures null while the run lasts
   */
  show(prediction, measures) {
    if (!this.box) return;
    const known = this.data.measures.find((one) => one.id === prediction?.measure);
    const you = known && typeof prediction?.value === "number" ? prediction.value : null;
    need("predict-shown", HTMLElement).hidden = need("predict-locked", HTMLElement).hidden = you === null;
    const none = find("predict-none");
    if (none) none.hidden = you !== null;
    if (!known || you === null) return;
    const { title, unit } = known, found = measures ? measures[known.id] ?? null : undefined;
    need("predict-title", HTMLElement).textContent = title;
    need("predict-gap", HTMLElement).textContent = gapInWords(you, found, unit, this.data.owner);
    const svg = need("predict-plot", SVGSVGElement);
    plot(svg, you, found ?? null, unit, this.data.owner);
    svg.setAttribute(
      "aria-label",
      say(of("label", this.data.owner), {
        title, you: exact(you), trace: typeof found === "number" ? asFine(found, you) : "-", unit,
      }),
    );
  }
}

/** @param {HTMLSelectElement} measure */
const unitOf = (measure) => measure.selectedOptions[0]?.dataset.unit ?? "";

/**
 * A number with its unit; units are English plurals, so one of them loses its s.
 * @param {string} number
 * @param {string} unit
 */
export const withUnit = (number, unit) =>
  `${number} ${number === "1" && unit.length > 2 ? unit.replace(/s$/, "") : unit}`.trim();

/**
 * The key of a sentence: the viewer's own prediction is spoken of otherwise than that of a shared run.
 * @param {string} key
 * @param {boolean} own
 */
const of = (key, own) => `${own ? "predict" : "predicted"}.${key}`;

/**
 * What was predicted and what was found, in one sentence.
 * @param {number} you
 * @param {number | null | undefined} found undefined while the run lasts, null where it could not be measured
 * @param {string} unit
 * @param {boolean} own did the viewer predict it?
 */
export function gapInWords(you, found, unit, own = true) {
  const predicted = withUnit(exact(you), unit);
  if (found === undefined) return say(of("waiting", own), { predicted });
  if (found === null) return say(of("unmeasured", own), { predicted });
  const measured = asFine(found, you);
  if (measured === exact(you)) return say(of("exact", own), { predicted });
  // Said once, a word for what is counted need not be said again; a unit of measure is.
  return say(of("gap", own), {
    predicted, found: unit.length > 2 && unit !== "min" ? measured : withUnit(measured, unit),
  });
}

/**
 * The smallest of 1, 2, 5 times a power of ten that gives at most five steps.
 * @param {number} span
 */
function step(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [1, 2, 5, 10].map((n) => n * power).find((s) => span / s <= 5) ?? span;
}

/**
 * @param {SVGSVGElement} svg
 * @param {number} you
 * @param {number | null} trace
 * @param {string} unit
 * @param {boolean} own
 */
function plot(svg, you, trace, unit, own) {
  svg.replaceChildren();
  const low = Math.min(0, you, trace ?? 0), high = Math.max(you, trace ?? 0, low + 1);
  const by = step((high - low) * 1.15), last = Math.ceil((high * 1.05 - low) / by) * by + low;
  const x = (/** @type {number} */ value) => 12 + ((value - low) / (last - low)) * 272;
  el("path", { class: "ax", d: "M12 30.5H284" }, svg);
  for (let value = low; value <= last + by / 100; value += by) {
    const isLast = value + by > last + by / 100;
    el("path", { class: "ax", d: `M${x(value)} 27v7` }, svg);
    el(
      "text", { class: "m soft", x: x(value), y: 48, "text-anchor": "middle" }, svg,
      `${trim(value)}${isLast && unit.length < 4 ? ` ${unit}` : ""}`,
    );
  }
  const a = x(you), b = trace === null ? null : x(trace), apart = b === null ? 300 : Math.abs(b - a);
  const tight = b !== null && apart < 92;
  if (b !== null && apart > 14) {
    el(
      "path",
      { class: "ink", "stroke-dasharray": "2 3", d: `M${Math.min(a, b) + 7} 30.5H${Math.max(a, b) - 7}` },
      svg,
    );
  }
  el("path", { class: "dot-o you", d: `M${a} 24l6.5 6.5-6.5 6.5-6.5-6.5Z` }, svg);
  label(svg, {
    at: a, side: tight ? (you <= (trace ?? 0) ? "end" : "start") : null, cls: "you-t",
    words: say(of("you", own), { value: exact(you) }),
  });
  if (b === null || trace === null) return;
  el("circle", { class: "dot", cx: b, cy: 30.5, r: apart < 3 ? 3 : 5.5 }, svg);
  label(svg, {
    at: b, side: tight ? (trace < you ? "end" : "start") : null, cls: "strong",
    words: say("predict.trace", { value: asFine(trace, you) }),
  });
}

/**
 * Words above a mark: to one side of it where two marks are close, else over it and within the plot.
 * @param {SVGSVGElement} svg
 * @param {{ at: number, side: "start" | "end" | null, cls: string, words: string }} what
 */
function label(svg, { at, side, cls, words }) {
  let place = side ?? (at < 40 ? "start" : at > 256 ? "end" : "middle");
  let from = at + (side ? (side === "end" ? -4 : 4) : place === "start" ? -8 : place === "end" ? 8 : 0);
  const width = words.length * 5.8;
  if (place === "end" && from - width < 0) { place = "start"; from = 0; }
  if (place === "start" && from + width > 300) { place = "end"; from = 300; }
  el("text", { class: cls, x: from, y: 14, "text-anchor": place }, svg, words);
}

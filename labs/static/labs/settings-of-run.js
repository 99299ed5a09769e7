// Knobs and the prediction: what goes with the next run besides the files.
import { el } from "./svg.js";
import { fixed, say } from "./words.js";

const trim = (n) => String(+Number(n).toFixed(2));

export class Knobs {
  constructor(data, drafts) {
    this.data = data;
    this.drafts = drafts;
    this.inputs = [...document.querySelectorAll("[data-knob]")];
    const kept = data.page_of_run ? {} : drafts?.knobs ?? {};
    for (const input of this.inputs) {
      const knob = data.knobs.find((one) => one.name === input.dataset.knob);
      if (input.dataset.knob in kept && !input.disabled) this.#set(input, knob, kept[input.dataset.knob]);
      this.#show(input);
      input.addEventListener("input", () => { this.#show(input); this.drafts?.keep({ knobs: this.values() }); });
    }
  }

  #set(input, knob, value) {
    if (knob.kind === "bool") input.checked = Boolean(value);
    else if (knob.kind === "choice") { const i = knob.choices.indexOf(value); if (i >= 0) input.selectedIndex = i; } else input.value = value;
  }

  #show(input) {
    const { kind, unit } = input.dataset, beside = input.nextElementSibling;
    if (kind === "bool") beside.textContent = input.checked ? beside.dataset.on : beside.dataset.off;
    else if (kind !== "choice") {
      beside.textContent = `${trim(input.value)}${unit ? ` ${unit}` : ""}`;
      if (unit) input.setAttribute("aria-valuetext", beside.textContent);
    }
  }

  values() {
    return Object.fromEntries(this.inputs.map((input) => {
      const knob = this.data.knobs.find((one) => one.name === input.dataset.knob);
      if (knob.kind === "bool") return [knob.name, input.checked];
      if (knob.kind === "choice") return [knob.name, knob.choices[input.selectedIndex]];
      return [knob.name, knob.kind === "int" ? Math.round(Number(input.value)) : +Number(input.value).toFixed(3)];
    }));
  }
}

export class Prediction {
  constructor(data) {
    this.data = data;
    this.next = null;
    this.box = document.getElementById("prediction");
    if (!this.box) return;
    this.measure = document.getElementById("predict-measure");
    this.number = document.getElementById("predict-n");
    this.said = document.getElementById("predict-said");
    if (!this.measure) return;
    this.measure.addEventListener("change", () => this.#unit());
    document.getElementById("predict-commit").addEventListener("click", () => this.#commit());
    this.number.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#commit();
    });
    this.#unit();
  }

  #unit() {
    this.next = null;
    this.said.textContent = "";
    document.getElementById("predict-unit").textContent = this.measure.selectedOptions[0]?.dataset.unit ?? "";
  }

  #commit() {
    const value = Number(this.number.value.trim().replace(",", "."));
    if (!this.number.value.trim() || !Number.isFinite(value)) {
      this.number.setAttribute("aria-invalid", "true");
      this.said.textContent = say("predict.bad");
      this.number.focus();
      return;
    }
    this.number.removeAttribute("aria-invalid");
    this.next = { measure: this.measure.value, value };
    this.said.textContent = say("predict.next", { value: trim(value), unit: this.measure.selectedOptions[0].dataset.unit });
  }

  /** A run has begun with what was committed; the next one needs a new commitment. */
  take() {
    const taken = this.next;
    this.next = null;
    if (this.said) { this.said.textContent = ""; this.number.value = ""; }
    const details = document.getElementById("predict-next");
    if (details) details.open = false;
    return taken;
  }

  /** Prediction and measurement on one axis. `prediction` as posted, `measures` null while the run lasts. */
  show(prediction, measures) {
    if (!this.box) return;
    const known = this.data.measures.find((one) => one.id === prediction?.measure);
    const has = Boolean(known) && typeof prediction.value === "number";
    document.getElementById("predict-shown").hidden = !has;
    document.getElementById("predict-locked").hidden = !has;
    const none = document.getElementById("predict-none");
    if (none) none.hidden = has;
    if (!has) return;
    const found = measures ? measures[known.id] ?? null : undefined, unit = known.unit;
    document.getElementById("predict-title").textContent = known.title;
    const said = document.getElementById("predict-gap");
    if (found === undefined) said.textContent = say("predict.waiting");
    else if (found === null) said.textContent = say("predict.unmeasured");
    else said.textContent = Math.abs(found - prediction.value) < 0.005 ? say("predict.exact") : say("predict.gap", { gap: trim(Math.abs(found - prediction.value)), unit });
    plot(document.getElementById("predict-plot"), prediction.value, typeof found === "number" ? found : null, unit);
    document.getElementById("predict-plot").setAttribute("aria-label", say("predict.label", { title: known.title, you: trim(prediction.value), trace: typeof found === "number" ? trim(found) : "-", unit }));
  }
}

/** The smallest of 1, 2, 5 times a power of ten that gives at most five steps. */
function step(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [1, 2, 5, 10].map((n) => n * power).find((s) => span / s <= 5) ?? span;
}

export function plot(svg, you, trace, unit) {
  svg.replaceChildren();
  const low = Math.min(0, you, trace ?? 0), high = Math.max(you, trace ?? 0, low + 1);
  const by = step((high - low) * 1.15), last = Math.ceil((high * 1.05 - low) / by) * by + low;
  const x = (value) => 12 + ((value - low) / (last - low)) * 272;
  el("path", { class: "ax", d: "M12 30.5H284" }, svg);
  for (let value = low, i = 0; value <= last + by / 100; value += by, i += 1) {
    el("path", { class: "ax", d: `M${x(value)} 27v7` }, svg);
    el("text", { class: "m soft", x: x(value), y: 48, "text-anchor": "middle" }, svg, `${trim(value)}${value + by > last + by / 100 && unit.length < 4 ? ` ${unit}` : ""}`);
  }
  const apart = trace === null ? 300 : Math.abs(x(trace) - x(you)), tight = apart < 92;
  const anchor = (at, mine) => (tight && trace !== null ? ((mine ? you <= trace : trace < you) ? "end" : "start") : at < 40 ? "start" : at > 256 ? "end" : "middle");
  const nudge = (at, mine) => { const where = anchor(at, mine); return at + (tight && trace !== null ? (where === "end" ? -4 : 4) : where === "start" ? -8 : where === "end" ? 8 : 0); };
  const label = (at, mine, cls, words) => {
    let place = anchor(at, mine), from = nudge(at, mine);
    const width = words.length * 5.8;
    if (place === "end" && from - width < 0) { place = "start"; from = 0; }
    if (place === "start" && from + width > 300) { place = "end"; from = 300; }
    return el("text", { class: cls, x: from, y: 14, "text-anchor": place }, svg, words);
  };
  if (trace !== null && apart > 14) el("path", { class: "ink", "stroke-dasharray": "2 3", d: `M${Math.min(x(you), x(trace)) + 7} 30.5H${Math.max(x(you), x(trace)) - 7}` }, svg);
  const a = x(you);
  el("path", { class: "dot-o you", d: `M${a} 24l6.5 6.5-6.5 6.5-6.5-6.5Z` }, svg);
  label(a, true, "you-t", say("predict.you", { value: trim(you) }));
  if (trace === null) return;
  el("circle", { class: "dot", cx: x(trace), cy: 30.5, r: apart < 3 ? 3 : 5.5 }, svg);
  label(x(trace), false, "strong", say("predict.trace", { value: trim(trace) }));
}

export const number = (value) => (typeof value === "number" ? (Number.isInteger(value) ? String(value) : fixed(value)) : "-");

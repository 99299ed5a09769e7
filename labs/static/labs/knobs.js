// The knobs of the next run.
import { trim } from "./words.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Input */

export class Knobs {
  /** @type {Record<string, Api.KnobValue>} as they were kept when the page was opened */
  #before = {};

  /**
   * @param {Api.Bench} data
   * @param {Page.Drafts | null} drafts
   */
  constructor(data, drafts) {
    this.data = data;
    this.drafts = drafts;
    /** @type {Input[]} */
    this.inputs = [...document.querySelectorAll("[data-knob]")].filter(
      (node) => node instanceof HTMLInputElement || node instanceof HTMLSelectElement,
    );
    this.#before = { ...drafts?.knobs };
    /** @type {Record<string, Api.KnobValue>} */
    const kept = data.page_of_run ? {} : data.from ? data.from_knobs : drafts?.knobs ?? {};
    this.#put(kept);
    for (const input of this.inputs) {
      input.addEventListener("input", () => { show(input); this.drafts?.keep({ knobs: this.values() }); });
    }
  }

  /** @param {Record<string, Api.KnobValue>} values */
  #put(values) {
    for (const input of this.inputs) {
      const knob = this.#knob(input), value = values[knob.name];
      if (value !== undefined && !input.disabled) set(input, knob, value);
      show(input);
    }
  }

  /** Those of before the run that was loaded; what was not set then gets its default. */
  goBack() {
    const defaults = Object.fromEntries(this.data.knobs.map(({ name, value }) => [name, value]));
    this.#put({ ...defaults, ...this.#before });
    this.drafts?.keep({ knobs: this.values() });
  }

  /** @param {Input} input */
  #knob(input) {
    const knob = this.data.knobs.find((one) => one.name === input.dataset.knob);
    if (!knob) throw new Error(`the lab has no knob ${input.dataset.knob}`);
    return knob;
  }

  /** @returns {Record<string, Api.KnobValue>} */
  values() {
    return Object.fromEntries(this.inputs.map((input) => {
      const knob = this.#knob(input);
      return [knob.name, valueOf(input, knob)];
    }));
  }
}

/**
 * @param {Input} input
 * @param {Api.Knob} knob
 * @returns {Api.KnobValue}
 */
function valueOf(input, { kind, choices }) {
  if (input instanceof HTMLSelectElement) return choices[input.selectedIndex] ?? "";
  if (kind === "bool") return input.checked;
  return kind === "int" ? Math.round(Number(input.value)) : +Number(input.value).toFixed(3);
}

/**
 * @param {Input} input
 * @param {Api.Knob} knob
 * @param {Api.KnobValue} value
 */
function set(input, { kind, choices }, value) {
  if (input instanceof HTMLSelectElement) {
    const i = choices.indexOf(value);
    if (i >= 0) input.selectedIndex = i;
  } else if (kind === "bool") input.checked = Boolean(value);
  else input.value = String(value);
}

/**
 * The value in words behind the control, where the control does not say it.
 * @param {Input} input
 */
function show(input) {
  const { kind, unit } = input.dataset, said = input.nextElementSibling;
  if (!(said instanceof HTMLElement)) return;
  if (input instanceof HTMLInputElement && kind === "bool") said.textContent = (input.checked
    ? said.dataset.on
    : said.dataset.off) ?? "";
  else if (kind !== "choice") {
    said.textContent = `${trim(input.value)}${unit ? ` ${unit}` : ""}`;
    if (unit) input.setAttribute("aria-valuetext", said.textContent);
  }
}

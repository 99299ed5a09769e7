// The fields of a question that make up its draft: read from the page, and filled in again.
import { arrange } from "./ordering.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */
/** @typedef {import("./draft_versions.js").Fields} Fields */

const KINDS = /^(?:pick|text|sure|touched|rank-\d+)$/;
/** @param {Control} control */
const isChoice = (control) => control.type === "radio" || control.type === "checkbox";
/** @param {Element} node @returns {node is Control} */
const isControl = (node) => node instanceof HTMLInputElement || node instanceof HTMLTextAreaElement
  || node instanceof HTMLSelectElement;

/** @param {HTMLElement} section @param {string} prefix @returns {Control[]} */
export function controlsOf(section, prefix) {
  return [...section.querySelectorAll("input[name], textarea[name], select[name]")].filter(isControl)
    .filter(({ name }) => name.startsWith(prefix) && KINDS.test(name.slice(prefix.length)));
}

/** @param {HTMLElement} section @param {string} prefix */
export function fieldsOf(section, prefix) {
  /** @type {Fields} */
  const found = {};
  for (const control of controlsOf(section, prefix)) {
    if (control instanceof HTMLInputElement && isChoice(control) && !control.checked) continue;
    (found[control.name.slice(prefix.length)] ??= []).push(control.value);
  }
  return found;
}

/** @param {HTMLElement} section @param {string} prefix @param {Fields} fields */
export function fill(section, prefix, fields) {
  for (const control of controlsOf(section, prefix)) {
    const values = fields[control.name.slice(prefix.length)] ?? [];
    if (control instanceof HTMLInputElement && isChoice(control)) {
      control.checked = values.includes(control.value);
    } else if (values.length || control.tagName !== "SELECT") control.value = values[0] ?? "";
  }
  for (const list of section.querySelectorAll("[data-order]")) {
    if (list instanceof HTMLElement) arrange(list);
  }
}

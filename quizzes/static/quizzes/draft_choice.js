// Two texts, one place: both are shown, and the learner says which stays.
import { words } from "./page_words.js";

/** @typedef {import("./draft_versions.js").Fields} Fields */

/**
 * What the fields of a question say, for a person to read.
 * @param {HTMLElement} section
 * @param {string} prefix
 * @param {Fields} fields
 */
export function inWords(section, prefix, fields) {
  /** @param {string} name */
  const named = (name) => `[name="${CSS.escape(prefix + name)}"]`;
  /** @param {string} name @param {string} value */
  const label = (name, value) => {
    const control = section.querySelector(`${named(name)}[value="${CSS.escape(value)}"]`);
    return control?.parentElement?.querySelector("label, span")?.textContent.trim() ?? value;
  };
  /** @param {string} name */
  const step = (name) => {
    const item = section.querySelector(named(name))?.closest("li");
    return item?.querySelector(".text")?.textContent.trim() ?? name;
  };
  const ranks = Object.keys(fields).filter((name) => name.startsWith("rank-"));
  const lines = [...(fields.text ?? []), ...(fields.pick ?? []).map((value) => label("pick", value))];
  ranks.sort((one, other) => Number(fields[one]?.[0]) - Number(fields[other]?.[0]));
  lines.push(
    ...ranks.map((name, place) => `${place + 1}. ${step(name)}`),
    ...(fields.sure ?? []).map((value) => label("sure", value)),
  );
  return lines.join("\n");
}

/**
 * Take away the sentence about two texts that the server wrote into the form: the choice says it.
 * @param {HTMLElement} section
 * @returns {boolean} whether it had the focus
 */
export function dropServersSentence(section) {
  let hadFocus = false;
  for (const error of section.querySelectorAll("[data-error]")) {
    if (error.textContent?.trim() !== words().other) continue;
    hadFocus ||= error === document.activeElement;
    error.remove();
    for (const field of section.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }
  return hadFocus;
}

/** The two texts with a button each. */
export class Choice {
  /**
   * @param {Element} beside
   * @param {string} mine
   * @param {string} theirs
   * @param {(isMine: boolean) => void} decided
   */
  constructor(beside, mine, theirs, decided) {
    this.node = document.createElement("div");
    this.node.className = "choice";
    this.mine = this.side(words().here, mine, words().mine, () => decided(true));
    this.side(words().there, theirs, words().theirs, () => decided(false));
    beside.after(this.node);
  }

  /**
   * @param {string | undefined} title
   * @param {string} text
   * @param {string | undefined} label
   * @param {() => void} chosen
   */
  side(title, text, label, chosen) {
    const side = document.createElement("div"), head = document.createElement("p");
    const body = document.createElement("div"), button = document.createElement("button");
    head.className = "label";
    head.textContent = title ?? "";
    body.className = "written";
    body.textContent = text;
    button.type = "button";
    button.className = "btn btn--sm";
    button.textContent = label ?? "";
    button.addEventListener("click", () => { this.node.remove(); chosen(); });
    side.append(head, body, button);
    this.node.append(side);
    return body;
  }
}

// Texts that can be put back into the editor, and the menu that lists them.
import { written, zoneInWords } from "../js/clock.js";
import { html, need } from "./elements.js";
import { say } from "./words.js";

/** @typedef {{ name: string, text: string, words: string }} Earlier */

/** @param {number} at ms */
export const clock = (at) => written(new Date(at));

/**
 * What can be put back: what the last run had, then what was typed here before.
 * @param {Api.Bench} data
 * @param {import("./drafts.js").Drafts | null} drafts
 * @param {string[]} editable names of files
 * @returns {Earlier[]}
 */
export function textsOf(data, drafts, editable) {
  const at = clock(Date.parse(data.from_at ?? data.runs[0]?.at ?? "") || 0);
  const words = say(data.from && !data.from_own ? "edit.from-shared" : "edit.from-run", { at });
  const ofRun = Object.entries(data.run_files).map(([name, text]) => ({ name, text, words }));
  const typed = (drafts?.earlier ?? []).filter((one) => editable.includes(one.name))
    .map((one) => ({ ...one, words: say(`edit.from-${one.why}`, { at: clock(one.at) }) }));
  return [...ofRun.toReversed(), ...typed];
}

/**
 * @param {Earlier[]} choices
 * @param {(chosen: Earlier) => void} onChoice
 */
export function list(choices, onChoice) {
  const box = need("earlier", HTMLElement);
  box.replaceChildren();
  if (!choices.length) { box.append(html("p", { class: "tiny dim" }, say("edit.none"))); return; }
  for (const choice of choices) {
    const name = html("span", { class: "mono" }, choice.name);
    const words = html("span", { class: "tiny dimmer" }, choice.words);
    const button = html("button", { type: "button" }, name, words);
    button.addEventListener("click", () => onChoice(choice));
    box.append(button);
  }
  box.append(html("p", { class: "tiny dim" }, say("edit.zone", { zone: zoneInWords() })));
}

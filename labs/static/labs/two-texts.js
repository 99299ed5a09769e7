// One file, changed in two tabs: both texts, and the choice which of them stays.
import { html } from "./elements.js";
import { say } from "./words.js";

/**
 * Show the choice above the file's editor.
 * @param {Page.File} file
 * @param {string} theirs the other tab's text
 * @param {(mine: boolean) => void} onChoice
 */
export function offer(file, theirs, onChoice) {
  file.panel.querySelector(".two-texts")?.remove();
  const side = (/** @type {string} */ title, /** @type {string} */ text, /** @type {boolean} */ mine) => {
    const button = html(
      "button", { type: "button", class: "btn btn--sm" }, say(mine ? "two.keep" : "two.take"),
    );
    button.addEventListener("click", () => { box.remove(); onChoice(mine); });
    return html(
      "div", {}, html("p", { class: "label" }, say(title)),
      html("pre", { class: "code", tabindex: "0" }, text), button,
    );
  };
  const box = html("div", {
    class: "two-texts", role: "group", "aria-label": say("two.said", { name: file.name }),
  },
    html("p", { role: "alert" }, say("two.said", { name: file.name })),
    html(
      "div", { class: "two-sides" }, side("two.mine", file.text, true), side("two.theirs", theirs, false),
    ));
  file.panel.prepend(box);
}

/** @param {Page.File} file */
export const isAsked = (file) => file.panel.querySelector(".two-texts") !== null;

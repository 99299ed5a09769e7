// The page was asked to start from a run: it says so, and has a way back to what was there before.
import { clock } from "./earlier-texts.js";
import { find, html, icon } from "./elements.js";
import { say } from "./words.js";

/**
 * Called when the run's files are in place and the draft of before is not written over yet. Nothing is said
 * where a run of one's own has replaced no text.
 * @param {Api.Bench} data
 * @param {Page.Drafts} drafts
 * @param {Page.File[]} files those that may be edited
 * @param {{ put(file: Page.File, text: string): void, after(): void }} back how a text is put back, and what
 *   follows when all are
 */
export function tellOfRun(data, drafts, files, back) {
  if (!data.from) return;
  const before = { ...drafts.files };
  const replaced = files.some(({ name, text }) => before[name] !== undefined && before[name] !== text);
  if (data.from_own && !replaced) return;
  const key = data.from_own ? "from.own" : replaced ? "from.replaced" : "from.shared";
  const words = html("span", {}, say(key, { at: clock(Date.parse(data.from_at ?? "") || 0) }));
  const button = html(
    "button", { type: "button", class: "btn btn--sm" }, say(replaced ? "from.back" : "from.starter"),
  );
  button.addEventListener("click", () => {
    for (const file of files) {
      if (file.text !== file.starter) drafts.remember(file.name, file.text, "draft");
      back.put(file, before[file.name] ?? file.starter);
    }
    back.after();
    words.textContent = say("from.went-back");
    button.remove();
    const tab = document.querySelector("#file-tabs [aria-selected='true']");
    if (tab instanceof HTMLElement) tab.focus(); // the button that had the focus is gone
  });
  const line = html("p", { class: "bench-notice", id: "loaded-run" }, icon("i-link"), words, button);
  find("notices")?.append(line);
}

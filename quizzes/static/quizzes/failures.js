// A request that failed says so beside its button, keeps what was typed, and offers to try again.
import { unsent } from "./drafts.js";
import { reason } from "./draft_versions.js";
import { words } from "./page_words.js";

/** @param {ParentNode} scope */
export function forgive(scope) { for (const line of scope.querySelectorAll("[data-trouble]")) line.remove(); }

/**
 * @param {Element} beside the button or the row of buttons that the sentence follows
 * @param {number} status 0: there was no response
 * @param {() => void} again
 */
export function complain(beside, status, again) {
  if (beside.parentElement) forgive(beside.parentElement);
  const line = document.createElement("p"), button = document.createElement("button");
  line.className = "wrongly trouble";
  line.dataset.trouble = "";
  line.setAttribute("role", "alert");
  button.type = "button";
  button.className = "btn btn--sm";
  button.textContent = words().again ?? "";
  button.addEventListener("click", again);
  const said =
    words()[/** @type {"failOffline"} */ (`fail${reason(status).replace(/^./, (letter) =>
      letter.toUpperCase())}`)];
  line.append((said ?? "").replace("{status}", String(status)), " ", button);
  beside.after(line);
}

/**
 * @param {Element} sender a form, or a button that sends a request of its own
 * @param {number} status
 */
function failed(sender, status) {
  if (!(sender instanceof HTMLElement) || sender.dataset.quiet !== undefined
    || !sender.closest("[data-question], .quiz")) {
    return;
  }
  if (!(sender instanceof HTMLFormElement)) { complain(sender, status, () => sender.click()); return; }
  const button = sender.querySelector("[data-answer]") ?? sender.querySelector("button:not([type=button])");
  unsent(sender);
  complain(button?.closest(".answerbar") ?? button ?? sender, status, () => sender.requestSubmit(
    button instanceof HTMLElement ? button : null,
  ));
}

document.addEventListener("htmx:sendError", ({ detail: { elt } }) => failed(elt, 0));
document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => failed(elt, xhr.status));
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (elt instanceof HTMLElement && elt.dataset.quiet === undefined) {
    forgive(elt.closest("[data-question]") ?? elt);
  }
});

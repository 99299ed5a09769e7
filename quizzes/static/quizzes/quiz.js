// Questions beyond plain forms: ordering by hand, drafts that survive, failures that are said, keys. Without
// this file every question still works.
import { keepDrafts } from "./drafts.js";
import { handInInPlace } from "./hand_in.js";
import { enhanceOrders } from "./ordering.js";
import "./answer_keys.js";

/** @param {Element | null | undefined} node */
const focus = (node) => { if (node instanceof HTMLElement) node.focus(); };

function prepare() {
  enhanceOrders(document);
  keepDrafts(document);
}

prepare();
handInInPlace(prepare);
// htmx brings new questions; the outcome gets the focus, so that it is read out and Enter goes on from there.
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.dataset.quiet !== undefined) return;
  prepare();
  const fresh = target.id ? document.getElementById(target.id) : target;
  // What the page said before this answer is not true of it any more.
  document.querySelector(".messages")?.remove();
  focus(fresh?.querySelector("[data-focus]") ?? fresh?.querySelector("input, select, textarea"));
});
// A sentence about what was typed goes when other text is typed.
document.addEventListener("input", ({ target }) => {
  const question = target instanceof Element ? target.closest("[data-question]") : null;
  for (const error of question?.querySelectorAll("[data-error]") ?? []) error.remove();
  for (const field of question?.querySelectorAll("[aria-invalid]") ?? []) {
    field.removeAttribute("aria-invalid");
  }
});
// The address names the question that is shown, so that Back returns to it once it is answered.
const here = document.querySelector(".quiz[data-address]");
if (here instanceof HTMLElement && !location.search) {
  history.replaceState(history.state, "", here.dataset.address + location.hash);
}
// A page that opens with something wrong on it begins there.
focus(document.querySelector(".wrongly[data-focus]"));

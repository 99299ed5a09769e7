// Questions beyond plain forms: ordering by hand, drafts that survive, keys. Without this file every question still works.
import { enhanceOrders } from "./ordering.js";
import { adopt } from "./drafts.js";
import "./answer_keys.js";

function prepare(root) {
  enhanceOrders(root);
  adopt(root);
}

prepare(document);
// htmx brings new questions; the outcome gets the focus, so that it is read out and Enter goes on from there.
document.addEventListener("htmx:afterSwap", (event) => {
  prepare(document);
  const target = event.detail.target;
  const fresh = target.id ? document.getElementById(target.id) : target;
  const focus = fresh?.querySelector("[data-focus]") ?? fresh?.querySelector("input, select, textarea");
  focus?.focus();
});
// A page that opens with something wrong on it begins there.
document.querySelector(".wrongly[data-focus]")?.focus();

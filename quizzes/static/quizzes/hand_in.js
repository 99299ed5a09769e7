// Handing in a whole attempt: sent in the background, so that a server that is away costs nothing that was
// typed.
import { unsent } from "./drafts.js";
import { complain, forgive } from "./failures.js";

/** Responses that are pages of the quiz: the form once more, with what was typed and what is wrong. */
const FORM_AGAIN = new Set([403, 409, 413, 422]);
/** @type {WeakSet<HTMLFormElement>} */
const underWay = new WeakSet();

/**
 * Show the page that came back in place of this one; false if it is no page of a quiz.
 * @param {string} html
 * @param {() => void} prepare
 */
function show(html, prepare) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("#main");
  if (!main?.querySelector(".question, .wrongly")) return false;
  document.querySelector(".messages")?.remove();
  document.querySelector("#main")?.replaceWith(main);
  window.htmx?.process(main);
  prepare();
  const first = main.querySelector("[data-focus]");
  if (first instanceof HTMLElement) first.focus();
  return true;
}

/**
 * Add what is typed in the question that has a form of its own: it may not be saved yet, and it counts.
 * @param {URLSearchParams} body
 */
function addTyped(body) {
  const own = new Set(body.keys());
  for (const form of document.querySelectorAll(".quiz [data-question=open] form")) {
    if (!(form instanceof HTMLFormElement)) continue;
    for (const [name, value] of new FormData(form)) if (!own.has(name)) body.append(name, String(value));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 * @param {() => void} prepare
 */
async function send(form, button, prepare) {
  let status = 0;
  try {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, button)) body.append(name, String(value));
    if (!form.querySelector("[data-question]")) addTyped(body);
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect") { location.assign(form.dataset.whole ?? ""); return; }
    ({ status } = response);
    if (FORM_AGAIN.has(status) && show(await response.text(), prepare)) return;
  } catch { /* status 0 says it */ }
  unsent(form);
  const beside = button?.closest(".answerbar") ?? button ?? form;
  complain(beside, status, () => form.requestSubmit(button));
}

/** @param {() => void} prepare makes new questions on the page work */
export function handInInPlace(prepare) {
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (!(form instanceof HTMLFormElement) || form.dataset.whole === undefined) return;
    event.preventDefault();
    if (underWay.has(form)) return;
    underWay.add(form);
    forgive(form);
    await send(form, submitter, prepare);
    underWay.delete(form);
  });
}

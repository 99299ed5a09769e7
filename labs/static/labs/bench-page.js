// The bench's page around the panes: the line of state, notices, the panes of a narrow window, what may be
// pressed.
import { find, html, icon, need } from "./elements.js";
import { say } from "./words.js";

/** @param {string} id */
const $ = (id) => need(id, HTMLElement);
/** @param {string} id @returns {HTMLButtonElement | null} Run and Stop are only where one may use them */
const button = (id) => /** @type {HTMLButtonElement | null} */ (find(id));
/** @param {string} where @returns {HTMLButtonElement[]} */
export const buttons = (where) =>
  [...document.querySelectorAll(where)].filter((node) => node instanceof HTMLButtonElement);

/** @param {"idle" | "starting" | "live" | "done" | "lost"} state @param {string} text */
export function sayState(state, text) {
  const line = $("conn");
  line.dataset.s = state;
  if (line.textContent !== text) line.textContent = text;
}

/**
 * @param {string} text "" takes the last notice away
 * @param {{ bad?: boolean, again?: (() => void) | null }} how `again` is what "Try again" does
 */
export function notice(text, { bad = false, again = null } = {}) {
  document.querySelector(".bench-notice--said")?.remove();
  if (!text) return;
  const line = html(
    "p", { class: `bench-notice bench-notice--said${bad ? " bench-notice--bad" : ""}` }, icon("i-warn"),
    html("span", {}, text),
  );
  if (again) line.append(tryAgain(() => { notice(""); again(); }));
  $("notices").append(line);
}

/** @param {() => void} act */
export function tryAgain(act) {
  const again = html("button", { type: "button", class: "btn btn--sm" }, say("again"));
  again.addEventListener("click", act);
  return again;
}

/**
 * Why the server refused, in words.
 * @param {Api.Response} response
 */
export function refusal({ status, body, retry, late }) {
  /** @type {Api.Problem | null} */
  const problem = body;
  const what = problem?.errors?.length
    ? problem.errors.map((error) => `${error.where}: ${error.what}`).join("; ")
    : problem?.detail ?? "";
  if (status === 0) return say(late ? "refused.late" : "refused.offline");
  if (status === 429) return say("refused.429", { what: what || say("refused.too-many"), n: retry || 5 });
  if (status === 422 && what) return say("refused.422", { what });
  if (status === 413) return say("refused.413");
  if (what && status < 500) return what;
  return status === 401 || status === 403 ? say("refused.403") : say("refused.other", { status });
}

/**
 * Show one pane of a narrow window; is it another than before?
 * @param {string} name code, trace or inspect
 */
export function showPane(name) {
  const bench = document.querySelector(".bench");
  if (!(bench instanceof HTMLElement) || bench.dataset.pane === name) return false;
  bench.dataset.pane = name;
  for (const one of buttons(".panes button")) one.setAttribute("aria-pressed", String(one.value === name));
  if (name === "inspect") $("logbox").scrollTop = $("logbox").scrollHeight;
  return true;
}

/** @param {Api.Bench} data @param {boolean} on a run is under way */
export function setBusy(data, on) {
  const run = button("run"), stop = button("stop"), { state } = data.sandbox;
  if (run) run.disabled = on || !data.may_start || state === "recording" || state === "off";
  if (stop) stop.disabled = !on || !data.owner;
  if (!on) setCommands(false);
}

/** @param {boolean} on */
export function setStop(on) {
  const stop = button("stop");
  if (stop) stop.disabled = !on;
}

/** @param {boolean} on may commands be given? */
export function setCommands(on) {
  // A disabled button drops the focus; whoever pressed it with a key goes on from the button that starts the
  // next run.
  if (!on && document.activeElement?.closest("#chaos")) {
    (button("run")?.disabled === false ? $("run") : $("main")).focus();
  }
  for (const one of buttons("#chaos button")) one.disabled = !on;
}

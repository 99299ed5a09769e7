// 1 to 9 picks an option or a line; Enter answers, then goes on. Off with the site's switch for single keys.
const off = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };
/** @param {Element} target */
const typing = (target) =>
  Boolean(
    target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]"),
  );

/**
 * The question that keys are meant for: the one with the focus, else the only one of a page made for it.
 * @param {Element} target
 * @returns {HTMLElement | null}
 */
function question(target) {
  /** @type {HTMLElement | null} */
  const around = target.closest("[data-question]");
  if (around) return around;
  /** @type {NodeListOf<HTMLElement>} */
  const all = document.querySelectorAll(".quiz [data-question]");
  return all.length === 1 ? all[0] ?? null : null;
}

/**
 * @param {HTMLElement} section
 * @param {string} digit
 */
function pick(section, digit) {
  const control = section.querySelector(`[data-key="${digit}"]`);
  if (!(control instanceof HTMLElement)) return false;
  control.focus();
  control.click();
  return true;
}

/**
 * @param {HTMLElement} section
 * @param {Element} target
 */
function enter(section, target) {
  if (target.closest("a, button, summary")) return false;
  const press = section.querySelector(section.dataset.question === "open" ? "[data-answer]" : "[data-next]");
  if (!(press instanceof HTMLElement)) return false;
  press.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
    || document.querySelector("dialog[open]")) {
    return;
  }
  const section = target instanceof Element ? question(target) : null;
  if (!section || !(target instanceof Element) || typing(target)) return;
  if (key === "Enter") {
    if (enter(section, target)) event.preventDefault();
  } else if (/^[1-9]$/.test(key) && section.dataset.question === "open" && !off()) {
    if (pick(section, key)) event.preventDefault();
  }
});

// 1 to 9 picks an option or a line; Enter answers, then goes on. Off with the site's switch for single keys.
const off = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };
const typing = (target) => Boolean(target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]"));

/** The question that keys are meant for: the one with the focus, else the only one of a page made for it. */
function question(target) {
  const around = target.closest?.("[data-question]");
  if (around) return around;
  const all = document.querySelectorAll(".quiz [data-question]");
  return all.length === 1 ? all[0] : null;
}

function pick(section, digit) {
  const control = section.querySelector(`[data-key="${digit}"]`);
  if (!control) return false;
  control.focus();
  control.click();
  return true;
}

function enter(section, target) {
  if (target.closest?.("a, button, summary")) return false;
  const next = section.querySelector("[data-next]");
  const answer = section.querySelector("[data-answer]");
  const press = section.dataset.question === "open" ? answer : next;
  press?.click();
  return Boolean(press);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const section = question(event.target);
  if (!section) return;
  if (event.key === "Enter" && !typing(event.target)) {
    if (enter(section, event.target)) event.preventDefault();
  } else if (/^[1-9]$/.test(event.key) && section.dataset.question === "open" && !typing(event.target) && !off()) {
    if (pick(section, event.key)) event.preventDefault();
  }
});

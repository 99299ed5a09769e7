// Keyboard shortcuts. The sheet (#site-keys in templates/keys.html) lists them and holds the switch that turns them off.
const sheet = document.getElementById("site-keys");
const said = document.getElementById("site-keys-said");
const store = {
  get on() { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } },
  set on(value) { try { localStorage.setItem("keys", value ? "on" : "off"); } catch { /* lasts as long as the page */ } },
};

const say = (text) => { said.textContent = ""; requestAnimationFrame(() => { said.textContent = text; }); };
const open = () => { if (!sheet.open) sheet.showModal(); };
const typing = (target) => target.isContentEditable || Boolean(target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [role=textbox], [data-own-keys]"));

/** The headings a reader steps through: the lesson's sections, in order. */
const sections = () => [...document.querySelectorAll("[data-sections] :is(h2, h3)[id]:not(.label)")];

function step(direction) {
  const stops = sections();
  if (!stops.length) return;
  const edge = 100;
  const tops = stops.map((stop) => stop.getBoundingClientRect().top);
  const next = direction > 0
    ? stops.find((_, index) => tops[index] > edge + 4)
    : stops.findLast((_, index) => tops[index] < edge - 24);
  const target = next ?? (direction > 0 ? stops.at(-1) : document.querySelector("h1"));
  if (!target) return;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
  say(target.textContent);
}

const go = (selector) => document.querySelector(selector)?.click();
const actions = {
  "?": open,
  "/": () => {
    const field = document.querySelector("[data-search-field]");
    if (field) { field.focus(); field.select(); } else if (sheet.dataset.search) location.assign(sheet.dataset.search);
  },
  t: () => {
    document.dispatchEvent(new Event("theme:toggle"));
    say(document.querySelector("[data-theme-toggle]")?.getAttribute("aria-label") ?? "");
  },
  j: () => step(1),
  k: () => step(-1),
  n: () => go("a[rel~=next]"),
  p: () => go("a[rel~=prev]"),
};

let waiting = 0;
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (sheet.open || (!store.on && event.key !== "?")) return;
  if (event.key === "g") { waiting = Date.now(); return; }
  if (event.key === "m" && Date.now() - waiting < 1200) { if (sheet.dataset.map) location.assign(sheet.dataset.map); return; }
  waiting = 0;
  const act = actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const button of document.querySelectorAll("[data-keys-open]")) button.addEventListener("click", open);
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
const toggle = sheet.querySelector("[data-keys-switch]");
toggle.checked = store.on;
toggle.addEventListener("change", () => { store.on = toggle.checked; });

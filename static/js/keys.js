// Keyboard shortcuts. The sheet (#site-keys in templates/keys.html) lists them and holds the switch that
// turns them off.
const sheet = /** @type {HTMLDialogElement} */ (document.getElementById("site-keys"));
const said = /** @type {HTMLElement} */ (document.getElementById("site-keys-said"));
const store = {
  get on() { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } },
  set on(value) {
    try { localStorage.setItem("keys", value ? "on" : "off"); } catch { /* lasts as long as the page */ }
  },
};

const say = (/** @type {string} */ text) => {
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
};

/** Is something of this selector on the page, and to be seen? @param {string} selector */
const isThere = (selector) =>
  [...document.querySelectorAll(selector)].some((node) => node.getClientRects().length > 0);

/**
 * The list shows the keys of this page: the site's and those of its <template data-page-keys>, where they do
 * something.
 */
function listKeys() {
  const list = /** @type {HTMLElement} */ (sheet.querySelector("dl.keys"));
  for (const own of list.querySelectorAll("[data-own]")) own.remove();
  for (const page of document.querySelectorAll("template[data-page-keys]")) {
    if (!(page instanceof HTMLTemplateElement)) continue;
    for (const node of page.content.children) {
      const copy = /** @type {HTMLElement} */ (node.cloneNode(true));
      copy.dataset.own = "";
      list.append(copy);
    }
  }
  for (const term of list.querySelectorAll("dt")) {
    const off = term.dataset.needs !== undefined && !isThere(term.dataset.needs);
    for (const node of [term, term.nextElementSibling]) if (node instanceof HTMLElement) node.hidden = off;
  }
}

const open = () => {
  if (sheet.open) return;
  listKeys();
  sheet.showModal();
};
/** @param {EventTarget | null} target is somebody writing in it? */
const typing = (target) =>
  target instanceof Element
    && ((target instanceof HTMLElement && target.isContentEditable)
      || Boolean(
        target.closest(
          "input:not([type=radio]):not([type=checkbox]), textarea, select, [role=textbox], [data-own-keys]",
        ),
      ));

/** The headings a reader steps through: the lesson's sections, in order. */
const sections = () =>
  [...document.querySelectorAll("[data-sections] :is(h2, h3)[id]:not(.label)")].filter(
    (node) => node instanceof HTMLElement,
  );

/** @param {1 | -1} direction */
function step(direction) {
  const stops = sections();
  if (!stops.length) return;
  const edge = 100;
  const tops = stops.map((stop) => stop.getBoundingClientRect().top);
  const next = direction > 0
    ? stops.find((_, index) => (tops[index] ?? 0) > edge + 4)
    : stops.findLast((_, index) => (tops[index] ?? 0) < edge - 24);
  const target = next ?? (direction > 0 ? stops.at(-1) : document.querySelector("h1"));
  if (!target) return;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.scrollIntoView({ block: "start" });
  target.focus({ preventScroll: true });
  say(target.textContent);
}

/** @param {string} selector */
function go(selector) {
  /** @type {HTMLElement | null} */
  const link = document.querySelector(selector);
  link?.click();
}

/** @type {Record<string, (() => void) | undefined>} */
const actions = {
  "?": open,
  "/": () => {
    /** @type {HTMLInputElement | null} */
    const field = document.querySelector("[data-search-field]");
    if (field) {
      field.focus();
      field.select();
    } else if (sheet.dataset.search) location.assign(sheet.dataset.search);
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
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
    return;
  }
  if (sheet.open || (!store.on && event.key !== "?")) return;
  if (event.key === "g") { waiting = Date.now(); return; }
  if (event.key === "m" && Date.now() - waiting < 1200) {
    if (sheet.dataset.map) location.assign(sheet.dataset.map);
    return;
  }
  waiting = 0;
  const act = actions[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const button of document.querySelectorAll("[data-keys-open]")) button.addEventListener("click", open);
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
const toggle = /** @type {HTMLInputElement} */ (sheet.querySelector("[data-keys-switch]"));
toggle.checked = store.on;
toggle.addEventListener("change", () => { store.on = toggle.checked; });

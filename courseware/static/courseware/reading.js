// A lesson: the contents follow the reader, the place is kept, and a selected passage can be reported.

const article = /** @type {HTMLElement} */ (document.querySelector("[data-sections]"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("lesson-reading"));
/** @type {NodeListOf<HTMLAnchorElement>} */
const links = document.querySelectorAll("[data-spy] a");
const headings = [...links].flatMap((link) => document.getElementById(link.hash.slice(1)) ?? []);
const TOP = 110; // px under the header: a heading above this line has been reached
const SAVE_AFTER = 1500; // ms without scrolling
const LEAST = 4000; // ms on the page before anything is kept: a glance is not reading

/** The id of the section at the top of the window, or "" above the first heading. */
function sectionHere() {
  let here = "";
  for (const heading of headings) {
    if (heading.getBoundingClientRect().top > TOP) break;
    here = heading.id;
  }
  return here;
}

/** How far the article has been scrolled through, in thousandths. */
function positionHere() {
  const box = article.getBoundingClientRect();
  return Math.max(0, Math.min(1000, Math.round((1000 * (innerHeight - box.top)) / box.height)));
}

/** @type {string | null} */
let spied = null;
function spy() {
  const here = sectionHere();
  if (here === spied) return;
  spied = here;
  for (const link of links) {
    if (link.hash.slice(1) === here) {
      link.setAttribute("aria-current", "true");
      const list = link.closest("aside > div");
      if (!list) continue;
      const gap = link.getBoundingClientRect().top - list.getBoundingClientRect().top;
      if (gap < 40 || gap > list.clientHeight - 60) list.scrollTop += gap - list.clientHeight / 2;
    } else link.removeAttribute("aria-current");
  }
}

let kept = "";
let timer = 0;
let moved = false;
let opened = Date.now();

function place() {
  const data = new FormData(form);
  data.set("section", sectionHere());
  data.set("position", String(positionHere()));
  data.set("quiet", "1");
  return data;
}

function keep({ leaving = false } = {}) {
  clearTimeout(timer);
  timer = 0;
  if (!moved || Date.now() - opened < LEAST) return;
  const data = place();
  const now = `${data.get("section")} ${data.get("position")}`;
  if (now === kept) return;
  kept = now;
  if (leaving) navigator.sendBeacon(form.action, data);
  else fetch(form.action, { method: "POST", body: data, keepalive: true }).catch(() => { kept = ""; });
}

function later() {
  moved = true;
  clearTimeout(timer);
  timer = setTimeout(keep, Math.max(SAVE_AFTER, LEAST - (Date.now() - opened) + 50));
}

let asked = false;
addEventListener("scroll", () => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; spy(); });
}, { passive: true });
for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  addEventListener(kind, () => { moved = true; }, { passive: true, once: true });
}
addEventListener("scroll", () => { if (moved) later(); }, { passive: true });
article.addEventListener("submit", () => { opened = 0; later(); }); // whoever answers does more than glance
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keep({ leaving: true });
});
spy();

// Report or ask on a selected passage: a link appears beside it and carries the words and their section to
// the form.
const ask = /** @type {HTMLAnchorElement} */ (document.getElementById("passage-note"));
const address = ask.getAttribute("href");

/**
 * The id of the section that a node is in.
 * @param {Node} node
 */
function sectionOf(node) {
  let here = "";
  for (const heading of headings) {
    if (!(heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING) && heading !== node
      && !heading.contains(node)) {
      break;
    }
    here = heading.id;
  }
  return here;
}

function offer() {
  const selection = getSelection();
  if (!selection) return;
  const words = selection.toString().replace(/\s+/g, " ").trim();
  if (words.length < 3 || !selection.rangeCount || !article.contains(selection.anchorNode)
    || !article.contains(selection.focusNode)) {
    ask.hidden = true;
    return;
  }
  const range = selection.getRangeAt(0);
  const box = range.getBoundingClientRect();
  ask.href = `${address}?${new URLSearchParams({
    section: sectionOf(range.startContainer), quote: words.slice(0, 1000),
  })}`;
  ask.hidden = false;
  ask.style.top = `${scrollY + box.bottom + 8}px`;
  ask.style.left = `${Math.max(12, Math.min(box.left, innerWidth - ask.offsetWidth - 12))}px`;
}

let offering = 0;
document.addEventListener("selectionchange", () => {
  clearTimeout(offering);
  offering = setTimeout(offer, 250);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !ask.hidden) { getSelection()?.removeAllRanges(); ask.hidden = true; }
});

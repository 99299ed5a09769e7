// A term of the glossary opens in place: a card with its definition while the pointer or the keyboard's focus
// is on the link, or after a tap. The link itself still leads to the glossary.

const WAIT = 180; // ms of the pointer on a term before its card opens, and off both before it closes

/** @type {Map<string, Promise<Document>>} */
const pages = new Map();

/**
 * The page of the glossary. It is read once, when the first term is opened.
 * @param {string} address
 */
function glossary(address) {
  const known = pages.get(address);
  if (known) return known;
  const read = fetch(address, { headers: { Accept: "text/html" } }).then(async (response) => {
    if (!response.ok) throw new Error(String(response.status));
    return new DOMParser().parseFromString(await response.text(), "text/html");
  });
  pages.set(address, read);
  read.catch(() => pages.delete(address)); // the next attempt asks again
  return read;
}

const card = document.createElement("div");
card.className = "term-card";
card.id = "term-card";
card.setAttribute("role", "tooltip");
card.hidden = true;
document.body.append(card);

/** @type {HTMLAnchorElement | null} */
let shown = null;
let timer = 0;

function close() {
  clearTimeout(timer);
  shown?.removeAttribute("aria-describedby");
  shown = null;
  card.hidden = true;
}

/** @param {HTMLAnchorElement} link */
function put(link) {
  const box = link.getClientRects()[0] ?? link.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  card.style.left = `${scrollX + Math.max(12, Math.min(box.left, width - card.offsetWidth - 12))}px`;
  const below = box.bottom + card.offsetHeight + 12 < innerHeight || box.top < card.offsetHeight + 80;
  card.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - card.offsetHeight - 6)}px`;
}

/** @param {HTMLAnchorElement} link */
async function show(link) {
  clearTimeout(timer);
  if (shown === link) return;
  close();
  shown = link;
  try {
    const entry = (await glossary(link.pathname)).getElementById(decodeURIComponent(link.hash.slice(1)));
    const title = entry?.querySelector("dt")?.textContent;
    const paragraphs = [...(entry?.querySelectorAll("dd > p:not(.small)") ?? [])];
    if (shown !== link || !title) return;
    const head = document.createElement("b");
    head.textContent = title;
    card.replaceChildren(head, ...paragraphs.map((paragraph) => {
      const copy = document.createElement("p");
      copy.textContent = paragraph.textContent;
      return copy;
    }));
    if (touched) {
      const more = document.createElement("a");
      more.href = link.href;
      more.textContent = document.body.dataset.glossary || "Glossary";
      card.append(more);
    }
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    put(link);
  } catch {
    if (shown === link) close(); // offline: the link is still a link
  }
}

let touched = false;

/**
 * The term that an event is about.
 * @param {Event} event
 * @returns {HTMLAnchorElement | null}
 */
function termOf({ target }) {
  const link = target instanceof Element ? target.closest("a.term") : null;
  return link instanceof HTMLAnchorElement ? link : null;
}

document.addEventListener("pointerover", (event) => {
  const link = termOf(event);
  if (event.pointerType === "touch") return;
  if (link) {
    touched = false;
    clearTimeout(timer);
    timer = setTimeout(show, WAIT, link);
  } else if (event.target instanceof Node && card.contains(event.target)) clearTimeout(timer);
  else if (shown && document.activeElement !== shown) {
    clearTimeout(timer);
    timer = setTimeout(close, WAIT);
  } else clearTimeout(timer);
});
document.addEventListener("focusin", (event) => {
  const link = termOf(event);
  if (link?.matches(":focus-visible")) show(link);
  else if (shown && !(event.target instanceof Node && card.contains(event.target))) close();
});
document.addEventListener("focusout", (event) => {
  if (termOf(event) === shown && !touched && !card.matches(":hover")) close();
});
document.addEventListener("pointerdown", (event) => {
  touched = event.pointerType === "touch";
  if (shown && touched && termOf(event) !== shown
    && !(event.target instanceof Node && card.contains(event.target))) {
    close();
  }
});
document.addEventListener("click", (event) => {
  const link = termOf(event);
  if (!link || !touched || shown === link) return; // a second tap follows the link
  event.preventDefault();
  show(link);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && shown) close(); });
addEventListener("resize", close);

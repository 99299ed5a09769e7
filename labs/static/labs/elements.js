// Elements of the page: found by id, or made.

const NS = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */
/** @typedef {Node | string | null | undefined} Child */

/**
 * The element that the page's template promises; throws when it is not there or of another kind.
 * @template {Element} T
 * @param {string} id
 * @param {{ new (): T }} kind
 * @returns {T}
 */
export function need(id, kind) {
  const node = document.getElementById(id);
  if (node instanceof kind) return node;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

/**
 * An element of this id that only some pages have.
 * @param {string} id
 */
export const find = (id) => document.getElementById(id);

/**
 * What the server wrote into the page as JSON, null where it wrote nothing.
 * @param {string} id
 * @returns {any}
 */
export const written = (id) => JSON.parse(find(id)?.textContent ?? "null");

/**
 * @param {string} name
 * @param {Attributes} attributes
 * @param {Element | null} parent
 * @param {string | null} text
 * @returns {SVGElement}
 */
export function el(name, attributes = {}, parent = null, text = null) {
  const node = /** @type {SVGElement} */ (document.createElementNS(NS, name));
  setAll(node, attributes);
  if (text !== null) node.textContent = text;
  parent?.append(node);
  return node;
}

/**
 * Set attributes; what is null or undefined is left as it is.
 * @param {Element} node
 * @param {Attributes} attributes
 */
export function setAll(node, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(key, String(value));
  }
}

/**
 * A symbol of the page's sprite.
 * @param {string} id
 * @param {Attributes} attributes
 * @param {Element | null} parent
 */
export function symbol(id, attributes, parent) {
  const node = el("svg", attributes, parent);
  el("use", { href: `#${id}` }, node);
  return node;
}

/**
 * An HTML element: `html("li", { class: "x" }, "text", child)`.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function html(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

export function icon(/** @type {string} */ id, cls = "ico") {
  const node = el("svg", { class: cls, "aria-hidden": "true" });
  el("use", { href: `#${id}` }, node);
  return node;
}

/**
 * A state as it looks everywhere: glyph and word in its colour.
 * @param {string} look
 * @param {string} word
 */
export function badge(look, word) {
  return html("span", { class: `st is-${look}` }, icon(`s-${look}`, "glyph"), word);
}

/**
 * Show or hide an element that is drawn already.
 * @param {SVGElement | null} node
 * @param {boolean} on
 */
export function show(node, on) {
  if (node) node.style.display = on ? "" : "none";
}

/**
 * Fade the edges of a row beyond which more can be scrolled to, now and whenever that changes.
 * @param {HTMLElement} row
 * @param {(hasMore: boolean) => void} then is there more than fits?
 */
export function fadeEdges(row, then = () => {}) {
  const look = () => {
    const { scrollLeft, clientWidth, scrollWidth } = row;
    row.classList.toggle("more-left", scrollLeft > 2);
    row.classList.toggle("more-right", scrollWidth - clientWidth - scrollLeft > 2);
    then(scrollWidth > clientWidth + 1);
  };
  row.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(row);
  look();
}

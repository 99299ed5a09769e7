// The smallest things that drawing needs.

const NS = "http://www.w3.org/2000/svg";

export function el(name, attributes = {}, parent = null, text = null) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  parent?.append(node);
  return node;
}

/** A symbol of the page's sprite. */
export function symbol(id, attributes, parent) {
  const node = el("svg", attributes, parent);
  el("use", { href: `#${id}` }, node);
  return node;
}

/** An HTML element: `html("li", { class: "x" }, "text", child)`. */
export function html(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function icon(id, cls = "ico") {
  const node = el("svg", { class: cls, "aria-hidden": "true" });
  el("use", { href: `#${id}` }, node);
  return node;
}

/** A state as it looks everywhere: glyph and word in its colour. */
export function badge(look, word) {
  return html("span", { class: `st is-${look}` }, icon(`s-${look}`, "glyph"), word);
}

// The tabs of the files: arrow keys, a cue where there are more than fit, and a menu of all of them.
import { fadeEdges, html, need } from "./elements.js";

/**
 * Where a file is on the page: its tab, its panel and the text field in it.
 * @param {string} name
 * @param {HTMLElement[]} tabs
 */
export function placesOf(name, tabs) {
  const panel = document.querySelector(`.file[data-file="${CSS.escape(name)}"]`);
  const area = panel?.querySelector("textarea"), tab = tabs.find((one) => one.dataset.file === name);
  if (!(panel instanceof HTMLElement) || !area || !tab) throw new Error(`the page has no place for ${name}`);
  return { panel, area, tab };
}

export class FileTabs {
  /** @param {(tab: HTMLElement) => void} onPick */
  constructor(onPick) {
    this.onPick = onPick;
    this.list = need("file-tabs", HTMLElement);
    this.menu = need("files-menu", HTMLDetailsElement);
    this.tabs = [...this.list.querySelectorAll("[role=tab]")].filter((node) => node instanceof HTMLElement);
    this.tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => onPick(tab));
      tab.addEventListener("keydown", (event) => this.#press(i, event));
    });
    this.menu.addEventListener("toggle", () => { if (this.menu.open) this.#listAll(); });
    fadeEdges(this.list, (hasMore) => { this.menu.hidden = !hasMore; });
  }

  /** @param {number} i @param {KeyboardEvent} event */
  #press(i, event) {
    /** @type {Record<string, number | undefined>} */
    const steps = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: this.tabs.length - 1 };
    const to = steps[event.key];
    const next = to === undefined ? null : this.tabs[(to + this.tabs.length) % this.tabs.length];
    if (!next) return;
    event.preventDefault();
    this.onPick(next);
    next.focus();
  }

  /** @param {HTMLElement} tab */
  show(tab) {
    for (const one of this.tabs) {
      const on = one === tab, panel = need(one.getAttribute("aria-controls") ?? "", HTMLElement);
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      panel.hidden = !on;
      delete panel.dataset.later;
    }
    const { left, right } = tab.getBoundingClientRect(), box = this.list.getBoundingClientRect();
    if (left < box.left) this.list.scrollLeft -= box.left - left + 24;
    else if (right > box.right) this.list.scrollLeft += right - box.right + 24;
  }

  #listAll() {
    need("files-list", HTMLElement).replaceChildren(...this.tabs.map((tab) => {
      const chosen = tab.getAttribute("aria-selected") === "true";
      const button = html(
        "button",
        { type: "button", class: tab.dataset.file ? "mono" : "", "aria-current": chosen ? "true" : null },
        tab.textContent.trim(),
      );
      button.addEventListener("click", () => { this.menu.open = false; this.onPick(tab); tab.focus(); });
      return button;
    }));
  }
}

// The menu that says what of a trace is shown: lanes, kinds, a text.
import { html, need } from "./elements.js";

/** @param {string} where a selector */
const boxes = (where) =>
  [...document.querySelectorAll(where)].filter((node) => node instanceof HTMLInputElement);
/** @param {HTMLInputElement[]} list */
const chosen = (list) => (list.every((box) => box.checked)
  ? null
  : new Set(list.filter((box) => box.checked).map((box) => box.value)));

export class Filters {
  /** @type {Drawing.LogFilter} */
  filter = { lanes: null, kinds: null, text: "", samples: false };
  #lanes = ""; // names that the menu lists

  /** @param {(filter: Drawing.LogFilter) => void} onChange */
  constructor(onChange) {
    const menu = need("filter-menu", HTMLElement), text = need("filter-text", HTMLInputElement);
    const apply = () => {
      this.filter = this.#read(text.value.trim());
      menu.classList.toggle("is-on", Boolean(this.filter.kinds || this.filter.lanes || this.filter.text));
      onChange(this.filter);
    };
    menu.addEventListener("input", apply);
    text.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    need("filter-clear", HTMLElement).addEventListener("click", () => {
      text.value = "";
      for (const box of boxes("#filter-lanes input, #filter-kinds input")) {
        box.checked = box.value !== "sample";
      }
      apply();
    });
  }

  /** @param {string} text @returns {Drawing.LogFilter} */
  #read(text) {
    const kinds = boxes("#filter-kinds input");
    return {
      kinds: chosen(kinds.filter((box) => box.value !== "sample")),
      samples: kinds.some((box) => box.value === "sample" && box.checked),
      lanes: chosen(boxes("#filter-lanes input")),
      text,
    };
  }

  /** @param {string[]} names the lanes to choose from */
  setLanes(names) {
    if (names.join() === this.#lanes) return;
    this.#lanes = names.join();
    need("filter-lanes", HTMLElement).replaceChildren(...names.map((name) => {
      const box = html("input", { type: "checkbox", value: name });
      box.checked = !this.filter.lanes || this.filter.lanes.has(name);
      return html("label", {}, box, ` ${name}`);
    }));
  }
}

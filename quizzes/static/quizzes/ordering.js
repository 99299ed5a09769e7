// Ordering by drag, by buttons, and by Alt with an arrow key. The selects that work without a script carry
// the answer.

/** @param {Element} list @returns {HTMLElement[]} */
const items = (list) => [...list.children].filter((item) => item instanceof HTMLElement);

/** @param {Element} item */
function rankOf(item) {
  const select = item.querySelector("[data-rank]");
  if (select instanceof HTMLSelectElement) return select;
  throw new Error("an item to order has no [data-rank]");
}

/** @param {HTMLElement} list */
function number(list) {
  const all = items(list);
  all.forEach((item, index) => {
    rankOf(item).value = String(index + 1);
    const [up, down] = item.querySelectorAll("button");
    if (up) up.disabled = index === 0;
    if (down) down.disabled = index === all.length - 1;
  });
}

/**
 * A moved step confirms the order. An order that nobody touched is no answer.
 * @param {HTMLElement} list
 */
function touch(list) {
  const box = list.parentElement?.querySelector("[data-order-touched]");
  if (box instanceof HTMLInputElement) box.checked = true;
}

/** @param {HTMLElement} list @param {HTMLElement} moved */
function changed(list, moved) {
  for (const item of items(list)) item.classList.toggle("moved", item === moved);
  number(list);
  touch(list);
  list.dispatchEvent(new Event("input", { bubbles: true }));
  say(list, moved);
}

/** @param {HTMLElement} list @param {HTMLElement} item */
function say(list, item) {
  const all = items(list), text = item.querySelector(".text")?.textContent.trim() ?? "";
  /** @type {Record<string, string | number>} */
  const values = { text, place: all.indexOf(item) + 1, count: all.length };
  const region = list.parentElement?.querySelector("[data-order-said]");
  if (region) {
    region.textContent = (list.dataset.said ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }
}

/**
 * @param {HTMLElement} item
 * @param {number} step -1 up, 1 down
 * @param {HTMLElement} focus keeps the focus, or another button of the item where that one can do no more
 */
function move(item, step, focus) {
  const list = item.parentElement, all = list ? items(list) : [];
  const other = all[all.indexOf(item) + step];
  if (!list || !other) return;
  if (step < 0) other.before(item); else other.after(item);
  changed(list, item);
  const disabled = focus instanceof HTMLButtonElement && focus.disabled;
  const target = disabled ? item.querySelector("button:not(:disabled)") : focus;
  if (target instanceof HTMLElement) target.focus();
}

/**
 * Put the items where their numbers say, after a draft has set them.
 * @param {HTMLElement} list
 */
export function arrange(list) {
  const rank = (/** @type {Element} */ item) => Number(rankOf(item).value);
  for (const item of items(list).toSorted((a, b) => rank(a) - rank(b))) list.append(item);
  number(list);
}

/** @param {Event} event @returns {HTMLElement | null} the item that it happened to */
const itemOf = ({ target }) => (target instanceof Element ? target.closest("li") : null);

/** @param {HTMLElement} list */
function drags(list) {
  /** @type {HTMLElement | null} */
  let held = null;
  list.addEventListener("dragstart", (event) => {
    held = itemOf(event);
    held?.classList.add("drag");
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = itemOf(event);
    if (!held) return;
    event.preventDefault();
    if (!over || over === held) return;
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(held); else over.after(held);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!held) return;
    held.classList.remove("drag");
    changed(list, held);
    held = null;
  });
}

/** @type {Record<string, number | undefined>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/** @param {HTMLElement} list */
function enhance(list) {
  list.dataset.ready = "";
  for (const item of items(list)) {
    item.draggable = true;
    rankOf(item).hidden = true;
  }
  list.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const item = itemOf(event);
    if (button && item) move(item, Number(button.value), button);
  });
  list.addEventListener("keydown", (event) => {
    const step = event.altKey ? STEPS[event.key] : 0, item = itemOf(event);
    if (!step || !item || !(event.target instanceof HTMLElement)) return;
    event.preventDefault();
    move(item, step, event.target);
  });
  drags(list);
  number(list);
}

/** @param {ParentNode} root */
export function enhanceOrders(root) {
  for (const list of root.querySelectorAll("[data-order]:not([data-ready])")) {
    if (list instanceof HTMLElement) enhance(list);
  }
}

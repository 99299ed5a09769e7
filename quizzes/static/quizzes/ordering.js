// Ordering by drag, by buttons, and by Alt with an arrow key. The selects that work without a script carry the answer.
const items = (list) => [...list.children];

function number(list) {
  const all = items(list);
  all.forEach((item, index) => {
    item.querySelector("[data-rank]").value = String(index + 1);
    const [up, down] = item.querySelectorAll("button");
    up.disabled = index === 0;
    down.disabled = index === all.length - 1;
  });
}

function changed(list) {
  number(list);
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

function say(list, item) {
  const all = items(list);
  const values = { text: item.querySelector(".text").textContent.trim(), place: all.indexOf(item) + 1, count: all.length };
  list.parentElement.querySelector("[data-order-said]").textContent = list.dataset.said.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function move(item, step, focus) {
  const list = item.parentElement;
  const all = items(list);
  const to = all.indexOf(item) + step;
  if (to < 0 || to >= all.length) return;
  if (step < 0) all[to].before(item); else all[to].after(item);
  for (const other of all) other.classList.toggle("moved", other === item);
  changed(list);
  say(list, item);
  const target = focus?.disabled ? item.querySelector("button:not(:disabled)") : focus;
  target?.focus();
}

/** Put the items where their numbers say, after a draft has set them. */
export function arrange(list) {
  const rank = (item) => Number(item.querySelector("[data-rank]").value);
  for (const item of items(list).sort((a, b) => rank(a) - rank(b))) list.append(item);
  number(list);
}

function drags(list) {
  let held = null;
  list.addEventListener("dragstart", (event) => {
    held = event.target.closest("li");
    held.classList.add("drag");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
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
    for (const other of items(list)) other.classList.toggle("moved", other === held);
    changed(list);
    say(list, held);
    held = null;
  });
}

export function enhanceOrders(root) {
  for (const list of root.querySelectorAll("[data-order]:not([data-ready])")) {
    list.dataset.ready = "";
    for (const item of items(list)) {
      item.draggable = true;
      item.querySelector("[data-rank]").hidden = true;
    }
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) move(button.closest("li"), Number(button.value), button);
    });
    list.addEventListener("keydown", (event) => {
      const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : 0;
      if (!step) return;
      event.preventDefault();
      move(event.target.closest("li"), step, event.target);
    });
    drags(list);
    number(list);
  }
}

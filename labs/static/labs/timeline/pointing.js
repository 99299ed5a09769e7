// Keys, mouse and touch on a timeline. The bars are one tab stop; arrows go from bar to bar.

/** @type {Record<string, 1 | -1 | "down" | "up" | "first" | "last" | undefined>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: "down", ArrowUp: "up", Home: "first", End: "last" };

/**
 * The key of the execution whose bar was hit.
 * @param {Event} event
 */
function hit(event) {
  const node = event.target instanceof Element ? event.target.closest(".exec") : null;
  return node instanceof SVGElement ? { node, key: node.dataset.key ?? "" } : null;
}

/**
 * Listen on the timeline's SVG.
 * @param {Drawing.Timeline} tl
 */
export function listen(tl) {
  const { svg, options } = tl;
  let dragged = false;
  const hover = (/** @type {Event} */ event) => {
    const found = hit(event);
    options.onHover(found ? tl.byKey.get(found.key)?.execution ?? null : null, found?.node ?? null);
  };
  svg.addEventListener("keydown", (event) => press(tl, event));
  svg.addEventListener("click", (event) => {
    const found = dragged ? null : hit(event);
    if (found) tl.select(found.key);
  });
  svg.addEventListener("pointerover", hover);
  svg.addEventListener("pointerleave", () => options.onHover(null, null));
  svg.addEventListener("focusin", hover);
  svg.addEventListener("focusout", () => options.onHover(null, null));
  svg.addEventListener("wheel", (event) => wheel(tl, event), { passive: false });
  drag(tl, (on) => { dragged = on; });
}

/**
 * @param {Drawing.Timeline} tl
 * @param {KeyboardEvent} event
 */
function press(tl, event) {
  const step = STEPS[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && step) tl.pan(step === 1 ? 0.15 : -0.15);
  else if (event.key === "+" || event.key === "=") tl.zoomBy(1.5);
  else if (event.key === "-") tl.zoomBy(1 / 1.5);
  else if (event.key === "0") tl.fit();
  else if (event.key === "Escape" && tl.selected) tl.select(null);
  else if (event.key === "Enter" || event.key === " ") {
    const found = hit(event);
    if (!found) return;
    tl.select(found.key);
  } else if (step) move(tl, step);
  else return;
  event.preventDefault();
}

/**
 * Focus the next bar in a direction.
 * @param {Drawing.Timeline} tl
 * @param {1 | -1 | "down" | "up" | "first" | "last"} step
 */
function move(tl, step) {
  const shown = tl.bars.filter((bar) => bar.phase);
  const at = shown.findIndex((bar) => bar.g === document.activeElement);
  const here = shown[Math.max(at, 0)];
  if (!here) return;
  let next = here;
  if (step === "first") next = shown[0] ?? here;
  else if (step === "last") next = shown.at(-1) ?? here;
  else if (typeof step === "number") next = shown[(at + step + shown.length) % shown.length] ?? here;
  else if (at >= 0) next = nearest(shown, here, step === "down" ? 1 : -1);
  tl.rove(next);
  tl.reveal(next.execution);
  next.g.focus();
}

/**
 * The bar of the nearest row below (1) or above (-1) that started closest to this one.
 * @param {Drawing.Bar[]} shown
 * @param {Drawing.Bar} here
 * @param {1 | -1} sign
 */
function nearest(shown, here, sign) {
  const there = shown.filter((bar) => (bar.y - here.y) * sign > 1);
  const least = Math.min(...there.map((bar) => Math.abs(bar.y - here.y)));
  const late = (/** @type {Drawing.Bar} */ bar) => Math.abs(bar.execution.start - here.execution.start);
  return there.filter((bar) => Math.abs(bar.y - here.y) < least + 1).toSorted((a, b) => late(a) - late(b))[0]
    ?? here;
}

/**
 * @param {Drawing.Timeline} tl
 * @param {WheelEvent} event
 */
function wheel(tl, event) {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    tl.zoomBy(Math.exp(-event.deltaY * 0.004), event.clientX - tl.svg.getBoundingClientRect().left);
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && tl.shown < tl.full) {
    event.preventDefault();
    tl.pan(event.deltaX / (tl.W - tl.gutter));
  }
}

/**
 * Move the window by dragging. `state(true)` while the pointer drags, so that its release is no click.
 * @param {Drawing.Timeline} tl
 * @param {(on: boolean) => void} state
 */
function drag(tl, state) {
  /** @type {{ x: number, offset: number, id: number, moved: boolean } | null} */
  let from = null;
  const { svg } = tl;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button || tl.shown >= tl.full - 1e-9) return;
    from = { x: event.clientX, offset: tl.offset, id: event.pointerId, moved: false };
    state(false);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from || event.pointerId !== from.id) return;
    const by = event.clientX - from.x;
    if (!from.moved && Math.abs(by) < 5) return;
    if (!from.moved) {
      from.moved = true;
      state(true);
      svg.setPointerCapture(from.id);
      svg.classList.add("dragging");
    }
    tl.moveTo(from.offset - by / tl.pxPerSecond);
  });
  const end = () => {
    from = null;
    svg.classList.remove("dragging");
    setTimeout(() => state(false)); // the click that follows the release still belongs to the drag
  };
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);
}

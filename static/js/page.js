// What every page needs: htmx sends the CSRF token, menus close, listings can be copied.

/** The CSRF token: from a form of the page, else from the cookie; "" when there is none yet. */
function csrfToken() {
  /** @type {HTMLInputElement | null} */
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field?.value ?? document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A menu is a <details data-menu>: Escape and a click elsewhere close it.
/** @type {NodeListOf<HTMLDetailsElement>} */
const menus = document.querySelectorAll("details[data-menu]");
document.addEventListener("click", ({ target }) => {
  for (const menu of menus) {
    if (menu.open && !(target instanceof Node && menu.contains(target))) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus) {
    if (!menu.open) continue;
    const within = menu.contains(document.activeElement);
    menu.open = false;
    if (within) menu.querySelector("summary")?.focus();
  }
});

// A button [data-copy] inside a figure copies the lines of its listing. It is hidden where the browser
// cannot.
if (navigator.clipboard) {
  const show = (/** @type {ParentNode} */ root) => {
    for (const button of root.querySelectorAll("[data-copy][hidden]")) {
      if (button instanceof HTMLElement) button.hidden = false;
    }
  };
  show(document);
  document.addEventListener("htmx:load", ({ target }) => { if (target instanceof Element) show(target); });
  document.addEventListener("click", async ({ target }) => {
    /** @type {HTMLElement | null} */
    const button = target instanceof Element ? target.closest("[data-copy]") : null;
    const figure = button?.closest("figure");
    if (!button || !figure) return;
    const lines = [...figure.querySelectorAll(".ln")].map((line) => line.textContent.replace(/\n$/, ""));
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    const { copied = "", notCopied = "" } = document.body.dataset;
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      label.textContent = button.dataset.copied ?? copied;
    } catch {
      label.textContent = notCopied;
    }
    setTimeout(() => { label.textContent = before; }, 1600);
  });
}

// What was typed and kept in this browser belongs to who logs out: the next person here does not find it.
const OWNED = /^(?:bench|draft|quiz):/;
document.addEventListener("submit", ({ target: form }) => {
  if (!(form instanceof HTMLFormElement)
    || !/\/logout\/?$/.test(new URL(form.getAttribute("action") ?? "", location.href).pathname)) {
    return;
  }
  for (const store of ["localStorage", "sessionStorage"]) {
    try {
      const kept = window[/** @type {"localStorage"} */ (store)];
      for (const key of Object.keys(kept)) if (OWNED.test(key)) kept.removeItem(key);
    } catch { /* the browser keeps nothing */ }
  }
});

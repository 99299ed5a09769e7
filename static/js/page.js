// What every page needs: htmx sends the CSRF token, menus close, listings can be copied.

/** The CSRF token: from a form of the page, else from the cookie; "" when there is none yet. */
function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field?.value ?? document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A menu is a <details data-menu>: Escape and a click elsewhere close it.
const menus = document.querySelectorAll("details[data-menu]");
document.addEventListener("click", (event) => {
  for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus) {
    if (!menu.open) continue;
    const within = menu.contains(document.activeElement);
    menu.open = false;
    if (within) menu.querySelector("summary").focus();
  }
});

// A button [data-copy] inside a figure copies the lines of its listing. It is hidden where the browser cannot.
if (navigator.clipboard) {
  const show = (root) => { for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false; };
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const lines = [...button.closest("figure").querySelectorAll(".ln")].map((line) => line.textContent.replace(/\n$/, ""));
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      label.textContent = button.dataset.copied ?? document.body.dataset.copied;
    } catch {
      label.textContent = document.body.dataset.notCopied;
    }
    setTimeout(() => { label.textContent = before; }, 1600);
  });
}

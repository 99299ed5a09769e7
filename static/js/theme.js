// The theme follows the system until the reader chooses; the choice is kept in this browser and shared by its
// tabs.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");
/** @type {NodeListOf<HTMLElement>} */
const buttons = document.querySelectorAll("[data-theme-toggle]");

function paint() {
  const dark = current() === "dark";
  for (const button of buttons) {
    const { toLight = "", toDark = "" } = button.dataset;
    button.setAttribute("aria-label", dark ? toLight : toDark);
    button.dataset.shows = dark ? "sun" : "moon";
  }
}

function toggle() {
  root.dataset.theme = current() === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  paint();
}

for (const button of buttons) button.addEventListener("click", toggle);
document.addEventListener("theme:toggle", toggle);
system.addEventListener("change", paint);
addEventListener("storage", (event) => {
  if (event.key !== "theme") return;
  if (event.newValue) root.dataset.theme = event.newValue;
  else delete root.dataset.theme;
  paint();
});
paint();

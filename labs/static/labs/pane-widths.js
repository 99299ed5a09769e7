// Before the first paint: the widths of the bench's panes that somebody chose in this browser. Not a module.
try {
  const kept = JSON.parse(localStorage.getItem("panes") ?? "{}"), root = document.documentElement;
  for (const name of ["code", "inspect"]) {
    if (kept[name] >= 0) root.style.setProperty(`--${name}`, `${kept[name]}px`);
  }
  if (kept.inspect === 0) root.dataset.inspector = "closed";
} catch { /* no storage: the usual widths */ }

// What is typed is never lost: kept in this browser at once, saved on the server within two seconds, tried again while
// the server is away, and sent on leaving the page. A draft that another tab changed is shown as a choice.
import { arrange } from "./ordering.js";

const WAIT = 900;
const RETRIES = [1000, 2000, 4000, 8000, 15000];
const KINDS = /^(?:pick|text|sure|rank-\d+)$/;
const drafts = new Map();
const words = () => document.querySelector("[data-quiz-said]")?.dataset ?? {};

const store = {
  get(key) { try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* there is no storage, so nothing is kept in it */ } },
};

function say(text) {
  const region = document.querySelector("[data-quiz-said]");
  if (region) region.textContent = text;
}

class Draft {
  constructor(section) {
    this.section = section;
    this.key = section.dataset.draftKey;
    this.url = section.dataset.draftUrl ?? "";
    this.prefix = section.dataset.prefix;
    this.version = Number(section.dataset.version);
    this.line = section.querySelector("[data-saved]");
    this.timer = 0;
    this.tries = 0;
    this.dirty = false;
    this.busy = false;
    this.undecided = false;
    section.addEventListener("input", () => this.changed());
    section.addEventListener("change", () => this.changed());
    this.restore();
  }

  controls() {
    return [...this.section.querySelectorAll("input[name], textarea[name], select[name]")]
      .filter((control) => control.name.startsWith(this.prefix) && KINDS.test(control.name.slice(this.prefix.length)));
  }

  fields() {
    const found = {};
    for (const control of this.controls()) {
      if ((control.type === "radio" || control.type === "checkbox") && !control.checked) continue;
      (found[control.name.slice(this.prefix.length)] ??= []).push(control.value);
    }
    return found;
  }

  fill(fields) {
    for (const control of this.controls()) {
      const values = fields[control.name.slice(this.prefix.length)] ?? [];
      if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
      else if (values.length || control.tagName !== "SELECT") control.value = values[0] ?? "";
    }
    for (const list of this.section.querySelectorAll("[data-order]")) arrange(list);
  }

  restore() {
    const kept = store.get(this.key);
    if (!kept?.fields || JSON.stringify(kept.fields) === JSON.stringify(this.fields())) return;
    if (this.url && kept.version < this.version) {
      this.choose(kept.fields, this.fields());
      return;
    }
    this.fill(kept.fields);
    this.show(words().restored);
    if (this.url) this.changed(0);
  }

  changed(wait = WAIT) {
    if (!this.section.isConnected || this.section.dataset.question !== "open") return;
    this.dirty = true;
    const kept = store.set(this.key, { fields: this.fields(), version: this.version });
    if (!this.url) {
      if (kept) this.show(words().local);
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  body() {
    const body = new URLSearchParams();
    body.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "");
    body.set("version", String(this.version));
    for (const [name, values] of Object.entries(this.fields())) for (const value of values) body.append(this.prefix + name, value);
    return body;
  }

  async save() {
    if (this.busy || !this.dirty || this.undecided || !this.section.isConnected) return;
    this.busy = true;
    this.dirty = false;
    try {
      const answer = await fetch(this.url, { method: "POST", body: this.body(), headers: { Accept: "application/json" } });
      this.heard(answer.status, answer.status < 500 ? await answer.json() : null);
    } catch {
      this.heard(0, null);
    } finally {
      this.busy = false;
    }
    if (this.dirty && !this.tries) this.changed();
  }

  heard(status, said) {
    if (status === 200) {
      this.version = said.version;
      this.tries = 0;
      if (!this.dirty) store.drop(this.key); else store.set(this.key, { fields: this.fields(), version: this.version });
      this.show(words().saved?.replace("{time}", new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })));
    } else if (status === 409) {
      this.version = said.version;
      this.choose(this.fields(), said.fields);
    } else if (status === 403 && said.token) {
      for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = said.token;
      if (this.tries++ < 2) this.changed(0); else this.trouble(said.error);
    } else if (status >= 400 && status < 500) {
      this.trouble(`${words().refused} ${said?.error ?? ""}`);
    } else {
      const wait = RETRIES[Math.min(this.tries++, RETRIES.length - 1)];
      this.dirty = true;
      this.timer = setTimeout(() => this.save(), wait);
      this.trouble(words().offline);
    }
  }

  /** Two texts, one place: the learner says which stays. */
  choose(mine, theirs) {
    this.undecided = true;
    this.trouble(words().other);
    const button = (label, fields) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "btn btn--sm";
      made.textContent = label;
      made.addEventListener("click", () => {
        this.undecided = false;
        this.show(" ");
        this.fill(fields === mine && this.dirty ? this.fields() : fields);
        this.changed(0);
      });
      return made;
    };
    this.line?.append(button(words().mine, mine), button(words().theirs, theirs));
  }

  show(text) {
    if (this.line && text) this.line.textContent = text;
  }

  trouble(text) {
    this.show(text);
    say(text ?? "");
  }

  leave() {
    if (this.dirty && !this.undecided && this.url && this.section.isConnected) navigator.sendBeacon(this.url, this.body());
  }
}

export function adopt(root) {
  for (const [section] of drafts) if (!section.isConnected) drafts.delete(section);
  for (const section of root.querySelectorAll("[data-draft-key]")) {
    if (section.dataset.question !== "open") store.drop(section.dataset.draftKey);
    else if (!drafts.has(section)) drafts.set(section, new Draft(section));
  }
}

addEventListener("pagehide", () => { for (const draft of drafts.values()) draft.leave(); });
addEventListener("online", () => { for (const draft of drafts.values()) if (draft.dirty) draft.changed(0); });
// A form that is sent carries everything itself; a beacon behind it would only race with the answer.
document.addEventListener("submit", (event) => {
  for (const [section, draft] of drafts) {
    if (event.target.contains(section) || section.contains(event.target)) {
      clearTimeout(draft.timer);
      draft.dirty = false;
      store.set(draft.key, { fields: draft.fields(), version: draft.version });
    }
  }
});

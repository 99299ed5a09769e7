// What is typed is never lost: kept in this browser at once, saved on the server within two seconds, tried
// again while the server is away, and sent on leaving the page. A draft that another tab changed is shown as
// a choice.
import { timeOfDay } from "../js/clock.js";
import { showCounts } from "./counts.js";
import { Choice, dropServersSentence, inWords } from "./draft_choice.js";
import { Copies } from "./draft_copies.js";
import { controlsOf, fieldsOf, fill } from "./draft_fields.js";
import { isSame, meaning, onReturn, pauseAfter } from "./draft_versions.js";
import { words } from "./page_words.js";

/** @typedef {import("./draft_versions.js").Fields} Fields */
/**
 * @typedef {{ fields: Fields, version?: number, copy?: import("./draft_copies.js").Copy }} Rival another
 *   text: the server's (with its version), or a copy
 */

const WAIT = 900; // ms after the last key
/** @type {Map<HTMLElement, Draft>} */
const drafts = new Map();
const tokens = () =>
  [...document.querySelectorAll("input[name=csrfmiddlewaretoken]")].filter(
    (field) => field instanceof HTMLInputElement,
  );

function storage() { try { return localStorage; } catch { return null; } }
/** @type {Copies | undefined} */
let made;
const copies = () => (made ??= new Copies(
  storage(), words().owner ?? "", `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`,
));

class Draft {
  #version = 0;
  timer = 0;
  tries = 0;
  dirty = false;
  busy = false;
  closed = false; // the server takes no more of this question
  /** @type {Rival[]} texts that the learner has to choose from, the first one now */
  rivals = [];
  /** @type {Choice | null} */
  choice = null;
  /**
   * @type {import("./draft_copies.js").Copy | null} the copy that was put in, as long as this page has none
   *   of its own
   */
  origin = null;

  /** @param {HTMLElement} section */
  constructor(section) {
    const { draftKey = "", draftUrl = "", prefix = "", version } = section.dataset;
    this.section = section;
    this.key = draftKey;
    this.url = draftUrl;
    this.prefix = prefix;
    /** @type {HTMLInputElement | null} what a form that is sent without this script says */
    this.field = section.querySelector(`input[name="${CSS.escape(prefix)}version"]`);
    this.version = Number(version);
    this.line = section.querySelector("[data-saved]");
    section.addEventListener("input", ({ target }) => this.typed(target));
    section.addEventListener("change", ({ target }) => this.typed(target));
    this.restore();
    // another tab's text is stored: the server says so, and the learner chooses
    if ("unsaved" in section.dataset) this.changed(0);
  }

  /** @returns {number} that of the server's draft on which this text was typed */
  get version() { return this.#version; }

  set version(version) {
    this.#version = version;
    if (this.field) this.field.value = String(version);
  }

  fields() { return fieldsOf(this.section, this.prefix); }

  keep() {
    const kept = copies().keep(this.key, this.fields(), this.version);
    copies().dropSame(this.origin);
    this.origin = null;
    return kept;
  }

  restore() {
    const shown = { fields: this.fields(), version: this.version }, kept = copies().of(this.key);
    for (const copy of kept) if (isSame(copy.fields, shown.fields)) copies().drop(copy.key);
    const [newest, ...others] = kept.filter((copy) => !isSame(copy.fields, shown.fields));
    if (!newest) return;
    const step = onReturn(newest, shown, Boolean(this.url));
    this.origin = newest;
    fill(this.section, this.prefix, newest.fields);
    for (const copy of others) {
      if (isSame(copy.fields, newest.fields)) {
        copies().drop(copy.key);
      } else {
        this.rivals.push({ fields: copy.fields, copy });
      }
    }
    if (step === "choose") {
      this.version = newest.version;  // a copy that is kept meanwhile is as old as it was
      this.rivals.unshift(shown);
    }
    if (this.rivals.length) { this.dirty = true; this.ask(); return; }
    this.show(words().restored);
    if (this.url) this.changed(0);
  }

  /** @param {EventTarget | null} target only the question's own fields are typed text */
  typed(target) {
    const controls = controlsOf(this.section, this.prefix);
    if (controls.some((control) => control === target) || target instanceof HTMLOListElement) this.changed();
  }

  changed(wait = WAIT) {
    if (!this.section.isConnected || this.section.dataset.question !== "open") return;
    this.dirty = true;
    const kept = this.keep();
    if (this.choice) {
      this.choice.mine.textContent = inWords(this.section, this.prefix, this.fields());
      return;
    }
    if (this.closed) return;
    if (!this.url) {
      this.show(kept ? words().local : words().nowhere);
      return;
    }
    if (!this.tries) this.show("");  // "Saved at" is not true of what was typed since
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  body() {
    const body = new URLSearchParams();
    body.set("csrfmiddlewaretoken", tokens()[0]?.value ?? "");
    body.set("version", String(this.version));
    for (const [name, values] of Object.entries(this.fields())) {
      for (const value of values) body.append(this.prefix + name, value);
    }
    return body;
  }

  async save() {
    if (this.busy || !this.dirty || this.choice || this.closed || !this.section.isConnected) return;
    this.busy = true;
    this.dirty = false;
    let more = false;
    try {
      const response = await fetch(this.url, {
        method: "POST", body: this.body(), headers: { Accept: "application/json" },
      });
      more = this.dirty; // typed in the meantime; a text that was refused is not sent again by itself
      this.answered(response.status, response.status < 500 ? await response.json().catch(() => null) : null);
    } catch {
      this.answered(0, null);
    } finally {
      this.busy = false;
    }
    if (more && this.dirty && !this.tries && !this.choice) this.changed();
  }

  /**
   * The server has responded to a save, or has not (`status` 0).
   * @param {number} status
   * @param {any} body
   */
  answered(status, body) {
    const result = body || status !== 200 ? meaning(status, body) : "again";
    if (result === "saved") {
      this.version = body.version;
      this.tries = 0;
      if (body.shown) showCounts(body.shown);
      if (this.dirty) { this.keep(); this.show(""); return; }
      copies().dropMine(this.key);
      this.show(words().saved?.replace("{time}", timeOfDay(new Date())));
    } else if (result === "conflict") {
      this.dirty = true;
      this.rivals.unshift({ fields: body.fields, version: body.version });
      this.ask();
    } else if (result === "token") {
      for (const field of tokens()) field.value = body.token;
      if (this.tries++ < 2) this.changed(0); else this.trouble(body.error, true);
    } else if (result === "refused") {
      this.dirty = true;
      this.closed = status === 410;
      this.trouble(`${words().refused} ${body?.error ?? ""}`, !this.closed);
    } else {
      this.dirty = true;
      this.timer = setTimeout(() => this.save(), pauseAfter(this.tries++));
      this.trouble(words().offline, true);
    }
  }

  /** Nothing is saved until the learner has chosen; this page's text is kept in the browser meanwhile. */
  ask() {
    const [rival] = this.rivals;
    if (!rival || !this.line) return;
    this.keep();
    const hadFocus = dropServersSentence(this.section);
    this.trouble(words().other);
    const said = (/** @type {Fields} */ fields) => inWords(this.section, this.prefix, fields);
    this.choice = new Choice(this.line, said(this.fields()), said(rival.fields), (isMine) => {
      this.choice = null;
      this.rivals.shift();
      copies().dropSame(rival.copy ?? null);
      if (!isMine) fill(this.section, this.prefix, rival.fields);
      if (rival.version !== undefined) this.version = rival.version;
      this.show("");
      if (this.rivals.length) this.ask(); else this.changed(0);
    });
    if (hadFocus) this.choice.node.querySelector("button")?.focus();
  }

  /** @param {string | undefined} text */
  show(text) {
    this.line?.removeAttribute("role");
    if (this.line) this.line.textContent = text ?? "";
  }

  /** @param {string | undefined} text @param {boolean} again */
  trouble(text, again = false) {
    const { line } = this;
    // The same sentence is not announced at each try.
    if (!line || line.firstChild?.textContent === text) return;
    line.setAttribute("role", "alert");
    line.replaceChildren(text ?? "");
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--sm";
    button.textContent = words().again ?? "";
    button.addEventListener("click", () => {
      clearTimeout(this.timer);
      this.tries = 0;
      line.textContent = "";
      this.save();
    });
    line.append(button);
  }

  leave() {
    if (this.dirty && !this.choice && !this.closed && this.url && this.section.isConnected) {
      navigator.sendBeacon(this.url, this.body());
    }
  }
}

/**
 * Keep the drafts of the questions that are there now.
 * @param {ParentNode} root
 */
export function keepDrafts(root) {
  for (const [section] of drafts) if (!section.isConnected) drafts.delete(section);
  for (const section of root.querySelectorAll("[data-draft-key]")) {
    if (!(section instanceof HTMLElement)) continue;
    if (section.dataset.question !== "open") copies().dropAll(section.dataset.draftKey ?? "");
    else if (!drafts.has(section)) drafts.set(section, new Draft(section));
  }
}

/** @param {Element} form @returns {Draft[]} */
const draftsOf = (form) =>
  [...drafts].filter(([section]) => form.contains(section) || section.contains(form))
    .map(([, draft]) => draft);

/**
 * The form did not arrive, so its drafts are to be saved after all.
 * @param {Element} form
 */
export function unsent(form) { for (const draft of draftsOf(form)) draft.changed(); }

addEventListener("pagehide", () => { for (const draft of drafts.values()) draft.leave(); });
// Back to a page whose reader has logged out: what it shows is not for the next person.
addEventListener("pageshow", ({ persisted }) => { if (persisted && copies().isLeft) location.reload(); });
addEventListener("online", () => { for (const draft of drafts.values()) if (draft.dirty) draft.changed(0); });
// A form that is sent carries everything itself; a beacon behind it would only race with the response.
document.addEventListener("submit", ({ target: form }) => {
  if (!(form instanceof Element)) return;
  for (const draft of draftsOf(form)) {
    clearTimeout(draft.timer);
    draft.dirty = false;
    draft.keep();
  }
});

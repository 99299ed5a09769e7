// The files of the bench: CodeMirror where it loads, else the plain text fields; reset, difference, drafts.
import { zoneInWords } from "../js/clock.js";
import { load, mount } from "./code-mirror.js";
import { Drafts } from "./drafts.js";
import { clock, list, textsOf } from "./earlier-texts.js";
import { find, html, need } from "./elements.js";
import { FileTabs, placesOf } from "./file-tabs.js";
import { tellOfRun } from "./loaded-run.js";
import { isAsked, offer } from "./two-texts.js";
import { say } from "./words.js";

const SAVE_AFTER = 400; // ms

export class Editor {
  /** @type {Page.File | null} the file that is shown */
  current = null;
  #timer = 0;
  #asked = false; // for CodeMirror
  /** @type {any} the library, once it is here */
  #library = null;
  /** Are long lines wrapped? */
  wraps = (() => { try { return localStorage.getItem("wrap") !== "off"; } catch { return true; } })();

  /**
   * @param {Api.Bench} data
   * @param {{ run(): void, back(): void }} on `back`: the files are those of before the loaded run again
   */
  constructor(data, on) {
    this.data = data;
    this.on = on;
    this.drafts = data.page_of_run ? null : new Drafts(data.slug, data.learner);
    this.tabs = new FileTabs((tab) => this.pick(tab));
    this.said = need("code-said", HTMLElement);
    /** @type {Map<string, Page.File>} */
    this.files = new Map(data.files.map((file) => [file.name, this.#found(file)]));
    if (this.drafts) this.#restore(this.drafts);
    if (this.drafts && data.from) { // from now on it is a draft like any other, also after a reload
      this.keep();
      history.replaceState(null, "", location.pathname);
    }
    this.#listenTools();
    const { tabs } = this.tabs, changed = this.files.get(Object.keys(this.changed())[0] ?? "");
    const first = tabs.find((tab) => tab.getAttribute("aria-selected") === "true")
      ?? tabs.find((tab) => tab.dataset.file);
    const opens = changed?.tab ?? first ?? tabs[0];
    if (opens) this.pick(opens);
    // A page in the background may be thrown away without another event.
    const leave = () => { if (this.#timer) this.keep(); };
    for (const event of ["pagehide", "visibilitychange"]) addEventListener(event, leave);
    if (this.drafts) this.#watch(this.drafts);
  }

  /** @param {Api.File} file @returns {Page.File} the file with its places in the page */
  #found(file) {
    const found = {
      ...file, starter: file.starter ?? file.text, ...placesOf(file.name, this.tabs.tabs), view: null,
      difference: null, wrapping: null, differing: false, touched: false,
    };
    if (file.editable) found.area.addEventListener("input", () => this.#typed(found));
    return found;
  }

  /**
   * What the learner had typed, else what the run before had, else the starter.
   * @param {Drafts} drafts
   */
  #restore(drafts) {
    const { files, revision } = drafts, known = revision !== null && !this.data.from;
    const from = known ? files : this.data.run_files;
    for (const file of this.files.values()) {
      const text = from[file.name], draft = files[file.name];
      if (!file.editable) continue;
      if (this.data.from && draft && draft !== text) drafts.remember(file.name, draft, "draft");
      if (typeof text === "string") this.#put(file, text);
    }
    tellOfRun(this.data, drafts, [...this.files.values()].filter((file) => file.editable), {
      put: (file, text) => this.#put(file, text), after: () => { this.keep(); this.on.back(); },
    });
    if (known && revision && revision !== this.data.revision) this.#tell(say("edit.moved"), true);
    if (!document.querySelector(".bench-notice--bad")) return; // else the form came back as it was
    for (const file of this.files.values()) if (file.editable) file.text = file.area.value;
  }

  /** Changed files, name -> text. @returns {Record<string, string>} */
  changed() {
    const changed = [...this.files.values()].filter((file) => file.editable && file.text !== file.starter);
    return Object.fromEntries(changed.map((file) => [file.name, file.text]));
  }

  /** @param {Page.File} file @param {string} text */
  #put(file, text) {
    file.text = text;
    if (file.area.value !== text) file.area.value = text;
    const doc = file.view?.state.doc;
    if (doc && doc.toString() !== text) {
      file.view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
    }
    this.#mark(file);
  }

  /** @param {Page.File} file */
  #typed(file) {
    file.text = file.area.value;
    file.touched = true;
    this.#mark(file);
    this.#sayKept("");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), SAVE_AFTER);
  }

  keep() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const { drafts } = this;
    if (!drafts) return;
    drafts.look();
    const asked = [...this.files.values()].filter(isAsked);
    const kept = asked.map(({ name }) => [name, drafts.files[name]]).filter(([, text]) => text !== undefined);
    // theirs stays in its place until there is a choice
    for (const file of asked) drafts.remember(file.name, file.text, "tab");
    const own = Object.entries(this.changed()).filter(([name]) => !asked.some((file) => file.name === name));
    drafts.keep({ files: Object.fromEntries([...own, ...kept]), revision: this.data.revision });
    const words = say(drafts.isKept ? "edit.kept" : "edit.not-kept", { at: clock(Date.now()) });
    this.#sayKept(asked.length ? "" : words, !drafts.isKept);
  }

  /** @param {string} text said only of what is kept indeed */
  #sayKept(text, bad = false) {
    const line = find("code-kept");
    if (!line) return;
    line.textContent = text;
    line.title = text ? zoneInWords() : "";
    line.classList.toggle("is-bad", bad);
  }

  // two tabs ---------------------------------------------------------------------------------
  /** @param {Drafts} drafts */
  #watch(drafts) {
    drafts.onOther = (theirs) => this.#other(drafts, theirs);
    addEventListener("storage", (event) => {
      if (event.key === drafts.key && event.newValue) drafts.look();
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) drafts.look(); });
  }

  /**
   * Another tab has kept texts of its own: a file not touched here follows, of another both texts are shown.
   * @param {Drafts} drafts
   * @param {import("./drafts.js").Kept} theirs
   */
  #other(drafts, theirs) {
    for (const file of this.files.values()) {
      const text = theirs.files?.[file.name] ?? file.starter;
      if (!file.editable || text === file.text) continue;
      drafts.kept.files = { ...drafts.files, [file.name]: text };
      if (!file.touched) {
        this.#put(file, text);
        this.#tell(say("two.followed", { name: file.name }));
        continue;
      }
      drafts.remember(file.name, file.text, "tab");
      offer(file, text, (mine) => {
        drafts.remember(file.name, mine ? text : file.text, "tab");
        if (!mine) { this.#put(file, text); file.touched = false; }
        this.keep();
      });
      this.#sayKept("");
      file.tab.title = say("two.said", { name: file.name });
    }
  }

  /** @param {Page.File} file */
  #mark(file) {
    const changed = file.text !== file.starter, dot = file.tab.querySelector(".dirty");
    if (dot instanceof HTMLElement) dot.hidden = !changed;
    file.tab.title = changed ? say("edit.changed") : "";
    if (this.current === file) this.#paintTools();
  }

  /** @param {HTMLElement} tab */
  pick(tab) {
    this.tabs.show(tab);
    this.current = this.files.get(tab.dataset.file ?? "") ?? null;
    this.#paintTools();
    if (this.current) this.#upgrade();
    this.current?.view?.requestMeasure();
  }

  /** @param {string} name @param {number} line */
  show(name, line) {
    const file = this.files.get(name);
    if (!file) return;
    this.pick(file.tab);
    if (!file.view || !line) return;
    const { doc } = file.view.state, at = doc.line(Math.min(line, doc.lines)).from;
    file.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    file.view.focus();
  }

  // tools ------------------------------------------------------------------------------------
  #listenTools() {
    this.diffButton = need("diff", HTMLButtonElement);
    this.resetButton = /** @type {HTMLButtonElement | null} */ (find("reset"));
    find("wrap")?.addEventListener("click", () => this.#wrap(!this.wraps));
    this.#wrap(this.wraps);
    this.diffButton.addEventListener("click", () => this.#toggleDifference());
    this.resetButton?.addEventListener("click", () => {
      const file = this.current;
      if (!file) return;
      this.drafts?.remember(file.name, file.text, "reset");
      this.#put(file, file.starter);
      this.keep();
      this.#tell(say("edit.reset-done", { name: file.name }));
    });
    const menu = find("earlier-menu");
    if (menu instanceof HTMLDetailsElement) menu.addEventListener("toggle", () => {
      if (menu.open) this.#listEarlier(menu);
    });
  }

  /** @param {boolean} on */
  #wrap(on) {
    this.wraps = on;
    try { localStorage.setItem("wrap", on ? "on" : "off"); } catch { /* lasts as long as the page */ }
    for (const file of this.files.values()) {
      file.area.wrap = on ? "soft" : "off";
      const wrapping = on ? this.#library?.EditorView.lineWrapping : [];
      file.view?.dispatch({ effects: file.wrapping.reconfigure(wrapping) });
    }
    this.#paintTools();
  }

  #paintTools() {
    find("wrap")?.setAttribute("aria-pressed", String(this.wraps));
    const file = this.current, differs = Boolean(file && file.text !== file.starter);
    need("code-tools", HTMLElement).hidden = !file || (!file.editable && !differs);
    if (this.diffButton) {
      this.diffButton.disabled = !file?.view || (!differs && !file.differing);
      this.diffButton.setAttribute("aria-pressed", String(Boolean(file?.differing)));
    }
    if (this.resetButton) this.resetButton.disabled = !differs || !file?.editable;
  }

  #toggleDifference() {
    const file = this.current;
    if (!file?.view) return;
    file.differing = !file.differing;
    const shown = file.differing
      ? this.#library.unifiedMergeView({ original: file.starter, mergeControls: false, gutter: true })
      : [];
    file.view.dispatch({ effects: file.difference.reconfigure(shown) });
    this.#paintTools();
  }

  /** @param {HTMLDetailsElement} menu */
  #listEarlier(menu) {
    const editable = [...this.files.values()].filter((file) => file.editable).map((file) => file.name);
    list(textsOf(this.data, this.drafts, editable), ({ name, text }) => {
      const file = this.files.get(name);
      if (!file) return;
      if (file.text !== text && file.text !== file.starter) this.drafts?.remember(name, file.text, "draft");
      this.#put(file, text);
      this.keep();
      this.pick(file.tab);
      menu.open = false;
      menu.querySelector("summary")?.focus();
      this.#tell(say("edit.loaded", { name }));
    });
  }

  /** @param {string} text */
  #tell(text, visible = false) {
    this.said.textContent = text;
    if (visible) find("notices")?.append(html("p", { class: "bench-notice" }, html("span", {}, text)));
  }

  // CodeMirror -------------------------------------------------------------------------------
  async #upgrade() {
    if (this.#asked) return;
    this.#asked = true;
    try {
      this.#library = await load();
      for (const file of this.files.values()) this.#mount(file);
      this.#paintTools();
    } catch (error) {
      console.warn("The plain text fields stay:", error);
    }
  }

  /** @param {Page.File} file */
  #mount(file) {
    const run = () => this.on.run(), typed = (/** @type {string} */ text) => {
      file.area.value = text;
      this.#typed(file);
    };
    Object.assign(file, mount(this.#library, file, { run, typed, wraps: this.wraps }));
    file.area.hidden = true;
    file.panel.classList.add("has-editor");
  }
}

// The files of the bench: tabs, CodeMirror where it loads and the plain textarea where it does not, reset, difference, earlier edits.
import { Drafts } from "./drafts.js";
import { html } from "./svg.js";
import { say } from "./words.js";

const SAVE_AFTER = 400; // ms
const WRAPS = /^[([{"']$/; // typed over a selection, these go around it
const clock = (at) => new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "short", timeStyle: "short" }).format(at);

export class Editor {
  constructor(data, on = {}) {
    this.data = data;
    this.on = on;
    this.files = new Map(data.files.map((file) => [file.name, { ...file, starter: file.starter ?? file.text }]));
    this.drafts = data.page_of_run ? null : new Drafts(data.slug, data.learner);
    this.tabs = [...document.querySelectorAll("#file-tabs [role=tab]")];
    this.said = document.getElementById("code-said");
    for (const [name, file] of this.files) {
      file.panel = document.querySelector(`.file[data-file="${CSS.escape(name)}"]`);
      file.area = file.panel.querySelector("textarea");
      file.tab = this.tabs.find((tab) => tab.dataset.file === name);
      if (file.editable) file.area.addEventListener("input", () => this.#typed(file));
    }
    if (this.drafts) this.#restore();
    this.#tabbing();
    this.#tools();
    const first = this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? this.tabs.find((tab) => tab.dataset.file);
    this.pick(Object.keys(this.changed()).length ? this.files.get(Object.keys(this.changed())[0]).tab : first ?? this.tabs[0]);
    addEventListener("pagehide", () => this.timer && this.keep());
    // The editor is the largest script of the site: it comes when a file is looked at, or when the browser has time.
    if (!this.current) (window.requestIdleCallback ?? setTimeout)(() => this.#upgrade(), { timeout: 3000 });
  }

  /** What the learner had typed, else what the run before had, else the starter. */
  #restore() {
    const asked = new URLSearchParams(location.search).get("from");
    const { files, revision } = this.drafts;
    const known = revision !== null && !(asked && asked === this.data.run);
    const from = known ? files : this.data.run_files;
    for (const file of this.files.values()) {
      if (!file.editable || typeof from[file.name] !== "string") continue;
      if (asked && files[file.name] && files[file.name] !== from[file.name]) this.drafts.remember(file.name, files[file.name], "draft");
      this.#put(file, from[file.name]);
    }
    if (known && revision && revision !== this.data.revision) this.#tell(say("edit.moved"), true);
    if (document.querySelector(".bench-notice--bad")) for (const file of this.files.values()) if (file.editable) file.text = file.area.value; // the form came back as it was
  }

  text(name) { return this.files.get(name).text; }

  /** Changed files, name -> text. */
  changed() {
    return Object.fromEntries([...this.files.values()].filter((file) => file.editable && file.text !== file.starter).map((file) => [file.name, file.text]));
  }

  #put(file, text) {
    file.text = text;
    if (file.area.value !== text) file.area.value = text;
    if (file.view && file.view.state.doc.toString() !== text) file.view.dispatch({ changes: { from: 0, to: file.view.state.doc.length, insert: text } });
    this.#mark(file);
  }

  #typed(file) {
    file.text = file.area.value;
    this.#mark(file);
    this.#save();
  }

  #save() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), SAVE_AFTER);
  }

  keep() {
    clearTimeout(this.timer);
    this.drafts?.keep({ files: this.changed(), revision: this.data.revision });
  }

  #mark(file) {
    const changed = file.text !== file.starter;
    const dot = file.tab.querySelector(".dirty");
    if (dot) dot.hidden = !changed;
    file.tab.title = changed ? say("edit.changed") : "";
    if (this.current === file) this.#paintTools();
  }

  // tabs -------------------------------------------------------------------------------------
  #tabbing() {
    this.tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => this.pick(tab));
      tab.addEventListener("keydown", (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: this.tabs.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = this.tabs[(to + this.tabs.length) % this.tabs.length];
        this.pick(next);
        next.focus();
      });
    });
  }

  pick(tab) {
    for (const one of this.tabs) {
      const on = one === tab, panel = document.getElementById(one.getAttribute("aria-controls"));
      one.setAttribute("aria-selected", on);
      one.tabIndex = on ? 0 : -1;
      panel.hidden = !on;
      delete panel.dataset.later;
    }
    this.current = this.files.get(tab.dataset.file) ?? null;
    this.#paintTools();
    if (this.current) this.#upgrade();
    this.current?.view?.requestMeasure();
    this.on.pick?.(this.current);
  }

  show(name, line) {
    const file = this.files.get(name);
    if (!file) return;
    this.pick(file.tab);
    if (!file.view || !line) return;
    const at = file.view.state.doc.line(Math.min(line, file.view.state.doc.lines)).from;
    file.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    file.view.focus();
  }

  // tools ------------------------------------------------------------------------------------
  #tools() {
    this.diffButton = document.getElementById("diff");
    this.resetButton = document.getElementById("reset");
    this.diffButton.addEventListener("click", () => this.#toggleDiff());
    this.resetButton?.addEventListener("click", () => {
      const file = this.current;
      this.drafts.remember(file.name, file.text, "reset");
      this.#put(file, file.starter);
      this.keep();
      this.#tell(say("edit.reset-done", { name: file.name }));
    });
    const menu = document.getElementById("earlier-menu");
    menu?.addEventListener("toggle", () => { if (menu.open) this.#listEarlier(menu); });
  }

  #paintTools() {
    const file = this.current, differs = Boolean(file && file.text !== file.starter);
    document.getElementById("code-tools").hidden = !file || (!file.editable && !differs);
    if (this.diffButton) {
      this.diffButton.disabled = !file?.view || (!differs && !file.diffed);
      this.diffButton.setAttribute("aria-pressed", Boolean(file?.diffed));
    }
    if (this.resetButton) this.resetButton.disabled = !differs || !file.editable;
  }

  #toggleDiff() {
    const file = this.current;
    if (!file?.view) return;
    file.diffed = !file.diffed;
    const { unifiedMergeView } = this.cm;
    file.view.dispatch({ effects: file.diff.reconfigure(file.diffed ? unifiedMergeView({ original: file.starter, mergeControls: false, gutter: true }) : []) });
    this.#paintTools();
  }

  #listEarlier(menu) {
    const box = document.getElementById("earlier");
    box.replaceChildren();
    const names = new Set([...this.files.values()].filter((file) => file.editable).map((file) => file.name));
    const choices = this.drafts.earlier.filter((one) => names.has(one.name)).map((one) => ({ ...one, words: say(one.why === "reset" ? "edit.from-reset" : "edit.from-draft", { at: clock(one.at) }) }));
    for (const [name, text] of Object.entries(this.data.run_files)) choices.unshift({ name, text, words: say("edit.from-run", { at: clock(Date.parse(this.data.runs[0]?.at ?? "")) }) });
    if (!choices.length) { box.append(html("p", { class: "tiny dim" }, say("edit.none"))); return; }
    for (const choice of choices) {
      const button = html("button", { type: "button" }, html("span", { class: "mono" }, choice.name), html("span", { class: "tiny dimmer" }, choice.words));
      button.addEventListener("click", () => {
        const file = this.files.get(choice.name);
        if (file.text !== choice.text && file.text !== file.starter) this.drafts.remember(file.name, file.text, "draft");
        this.#put(file, choice.text);
        this.keep();
        this.pick(file.tab);
        menu.open = false;
        menu.querySelector("summary").focus();
        this.#tell(say("edit.loaded", { name: file.name }));
      });
      box.append(button);
    }
  }

  #tell(text, visible = false) {
    this.said.textContent = text;
    if (visible) document.getElementById("notices")?.append(html("p", { class: "bench-notice" }, html("span", {}, text)));
  }

  // CodeMirror -------------------------------------------------------------------------------
  async #upgrade() {
    if (this.asked) return;
    this.asked = true;
    try {
      this.cm = await import("../vendor/codemirror/codemirror.js");
      for (const file of this.files.values()) this.#mount(file);
      this.#paintTools();
    } catch (error) {
      console.warn("The plain text fields stay:", error);
    }
  }

  #mount(file) {
    const cm = this.cm;
    file.diff = new cm.Compartment();
    const keys = [{ key: "Mod-Enter", run: () => { this.on.run?.(); return true; } }, ...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.searchKeymap, ...cm.historyKeymap];
    const view = new cm.EditorView({
      doc: file.text,
      parent: file.panel,
      extensions: [
        cm.EditorView.cspNonce.of(document.getElementById("bench-script")?.nonce ?? ""),
        cm.lineNumbers(), cm.drawSelection(), cm.bracketMatching(), cm.highlightSelectionMatches(), cm.search({ top: true }),
        cm.syntaxHighlighting(cm.classHighlighter), file.name.endsWith(".py") ? cm.python() : [],
        cm.indentUnit.of("    "), cm.EditorState.tabSize.of(4), file.diff.of([]),
        cm.EditorView.contentAttributes.of({ "aria-label": file.name, tabindex: "0", ...(file.editable ? {} : { "aria-readonly": "true" }) }),
        file.editable
          ? [cm.history(), cm.closeBrackets(), cm.indentOnInput(), cm.highlightActiveLine(), cm.highlightActiveLineGutter(), cm.keymap.of(keys)]
          : [cm.EditorState.readOnly.of(true), cm.keymap.of([keys[0], ...cm.defaultKeymap, ...cm.searchKeymap])],
        cm.EditorView.domEventHandlers({ beforeinput: (event, target) => this.#typeOver(event, target) }),
        cm.EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          file.area.value = update.state.doc.toString();
          this.#typed(file);
        }),
      ],
    });
    file.view = view;
    file.area.hidden = true;
    file.panel.classList.add("has-editor");
  }

  /** Chromium joins lines with inline styles, which our policy reports; so what is typed over several lines goes in by the editor. */
  #typeOver(event, view) {
    const { from, to } = view.state.selection.main, { doc, readOnly } = view.state;
    if (readOnly || event.inputType !== "insertText" || WRAPS.test(event.data) || doc.lineAt(from).number === doc.lineAt(to).number) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  }
}

// CodeMirror in place of a plain text field, as our pages want it.

const WRAPS = /^[([{"']$/; // typed over a selection, these go around it

/**
 * The editor is the largest script of the site: it comes when a file is looked at.
 * @returns {Promise<any>}
 */
export const load = () => import("../vendor/codemirror/codemirror.js");

/**
 * @param {any} cm the library
 * @param {Page.File} file
 * @param {{ run(): void, typed(text: string): void, wraps: boolean }} on
 * @returns {{ view: any, difference: any, wrapping: any }}
 */
export function mount(cm, file, on) {
  const difference = new cm.Compartment(), wrapping = new cm.Compartment();
  const run = { key: "Mod-Enter", run: () => { on.run(); return true; } };
  const keys = [
    run, cm.indentWithTab, ...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.searchKeymap,
    ...cm.historyKeymap,
  ];
  const writing = [
    cm.history(), cm.closeBrackets(), cm.indentOnInput(), cm.highlightActiveLine(),
    cm.highlightActiveLineGutter(), cm.keymap.of(keys),
  ];
  const reading = [
    cm.EditorState.readOnly.of(true), cm.keymap.of([run, ...cm.defaultKeymap, ...cm.searchKeymap]),
  ];
  const view = new cm.EditorView({
    doc: file.text,
    parent: file.panel,
    extensions: [
      cm.EditorView.cspNonce.of(document.getElementById("bench-script")?.nonce ?? ""),
      cm.lineNumbers(), cm.drawSelection(), cm.bracketMatching(), cm.highlightSelectionMatches(),
      cm.search({ top: true }),
      cm.syntaxHighlighting(cm.classHighlighter), file.name.endsWith(".py") ? cm.python() : [],
      cm.indentUnit.of("    "), cm.EditorState.tabSize.of(4), difference.of([]),
      wrapping.of(on.wraps ? cm.EditorView.lineWrapping : []),
      cm.EditorView.contentAttributes.of({
        "aria-label": file.name, tabindex: "0",
        ...(file.editable ? { "aria-describedby": "code-hint" } : { "aria-readonly": "true" }),
      }),
      file.editable ? writing : reading,
      cm.EditorView.domEventHandlers({ beforeinput: typeOver }),
      cm.EditorView.updateListener.of((/** @type {any} */ update) => {
        if (update.docChanged) on.typed(update.state.doc.toString());
      }),
    ],
  });
  return { view, difference, wrapping };
}

/**
 * Chromium joins lines with inline styles, which our policy reports; so what is typed over several lines goes
 * in by the editor.
 */
const typeOver = (/** @type {InputEvent} */ event, /** @type {any} */ view) => {
  const { from, to } = view.state.selection.main, { doc, readOnly } = view.state, typed = event.data ?? "";
  const oneLine = doc.lineAt(from).number === doc.lineAt(to).number;
  if (readOnly || event.inputType !== "insertText" || WRAPS.test(typed) || oneLine) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(typed), { userEvent: "input.type", scrollIntoView: true });
  return true;
};

// What the bench uses of CodeMirror, and nothing else. `rebuild` bundles this into codemirror.js.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

export {
  Compartment, EditorState, EditorView, bracketMatching, classHighlighter, closeBrackets, closeBracketsKeymap,
  defaultKeymap, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSelectionMatches, history,
  historyKeymap, indentOnInput, indentUnit, indentWithTab, keymap, lineNumbers, openSearchPanel, python, search,
  searchKeymap, syntaxHighlighting, unifiedMergeView,
};

// What the scripts of a page hand to each other. Nothing here is served.

declare namespace Page {
  type Drafts = import("../../labs/static/labs/drafts.js").Drafts;
  /** What is put into a sentence in place of `{name}`. */
  type Values = Record<string, string | number | null | undefined>;

  /** A file of the bench and where it is in the page. */
  interface File extends Api.File {
    starter: string;
    panel: HTMLElement;
    area: HTMLTextAreaElement;
    tab: HTMLElement;
    /** CodeMirror's view and its part that shows the difference from the starter, once they are here. */
    view: any;
    difference: any;
    wrapping: any;
    differing: boolean;
    /** Was it typed into on this page? */
    touched: boolean;
  }
}

interface DocumentEventMap {
  "htmx:configRequest": CustomEvent<{ headers: Record<string, string> }>;
  "htmx:afterSwap": CustomEvent<{ target: HTMLElement }>;
  "htmx:load": CustomEvent;
  "htmx:beforeRequest": CustomEvent<{ elt: Element }>;
  "htmx:sendError": CustomEvent<{ elt: Element }>;
  "htmx:responseError": CustomEvent<{ elt: Element; xhr: XMLHttpRequest }>;
}

interface Window {
  htmx?: { process(node: Element): void };
}

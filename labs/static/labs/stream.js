// A run's live events. Resumes where it stopped, closes while the tab is hidden and at `event: end`.
// `on.events(list)`, `on.state("open" | "lost" | "resumed" | "hidden")`, `on.end()`.

const LONGEST_WAIT = 8000;

export class RunStream {
  constructor(url, on, after = 0) {
    Object.assign(this, { url, on, last: after, source: null, broken: false, done: false, wait: 500, timer: 0 });
    this.visibility = () => (document.hidden ? this.#rest() : this.#open());
    document.addEventListener("visibilitychange", this.visibility);
    if (!document.hidden) this.#open();
  }

  #open() {
    if (this.done || this.source) return;
    clearTimeout(this.timer);
    const source = new EventSource(`${this.url}?after=${this.last}`);
    this.source = source;
    source.onopen = () => {
      this.wait = 500;
      this.on.state(this.broken ? "resumed" : "open");
      this.broken = false;
    };
    source.onmessage = (message) => this.#take(message);
    source.addEventListener("end", () => this.close(true));
    source.onerror = () => this.#lost(source);
  }

  #take(message) {
    let event;
    try { event = JSON.parse(message.data); } catch { return; }
    if (typeof event.seq !== "number" || event.seq <= this.last) return;
    this.last = event.seq;
    this.on.events([event]);
  }

  /** The browser tries again by itself while the source is connecting; when it gave up (204, 5xx), so do we, more and more slowly. */
  #lost(source) {
    if (this.done || source !== this.source) return;
    this.broken = true;
    this.on.state("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    this.source = null;
    this.timer = setTimeout(() => this.on.closed(() => this.#open()), this.wait);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 1.7);
  }

  #rest() {
    if (this.done) return;
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    this.on.state("hidden");
  }

  close(ended = false) {
    if (this.done) return;
    this.done = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.visibility);
    this.source?.close();
    this.source = null;
    if (ended) this.on.end();
  }
}

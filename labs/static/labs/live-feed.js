// A run's live events. Resumes where it stopped, closes while the tab is hidden and at `event: end`.

const LONGEST_WAIT = 8000;

/**
 * @typedef {object} Listener
 * @property {(events: Trace.Raw[]) => void} events
 * @property {(state: "open" | "lost" | "resumed" | "hidden") => void} state
 * @property {(again: () => void) => void} closed the server refused; `again` connects once more
 * @property {(place: number) => void} placed the run waits in the queue, here; 0 when it is about to begin
 * @property {() => void} end
 */

export class LiveFeed {
  /** @type {EventSource | null} */
  #source = null;
  #broken = false;
  #done = false;
  #wait = 500; // ms
  #timer = 0;

  /**
   * @param {string} url
   * @param {Listener} on
   * @param {number} after the last `seq` that is known
   */
  constructor(url, on, after = 0) {
    this.url = url;
    this.on = on;
    this.last = after;
    this.visibility = () => (document.hidden ? this.#rest() : this.#open());
    document.addEventListener("visibilitychange", this.visibility);
    if (!document.hidden) this.#open();
  }

  #open() {
    if (this.#done || this.#source) return;
    clearTimeout(this.#timer);
    const source = new EventSource(`${this.url}?places=1&after=${this.last}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#wait = 500;
      this.on.state(this.#broken ? "resumed" : "open");
      this.#broken = false;
    });
    source.addEventListener("message", (message) => this.#read(message));
    source.addEventListener("place", (message) => this.on.placed(JSON.parse(message.data).place));
    source.addEventListener("end", () => this.close(true));
    source.addEventListener("error", () => this.#lost(source));
  }

  /** @param {MessageEvent<string>} message */
  #read(message) {
    let event;
    try { event = JSON.parse(message.data); } catch { return; }
    if (typeof event.seq !== "number" || event.seq <= this.last) return;
    this.last = event.seq;
    this.on.events([event]);
  }

  /**
   * The browser tries again by itself while the source is connecting; when it gave up (204, 5xx), so do we,
   * more and more slowly.
   * @param {EventSource} source
   */
  #lost(source) {
    if (this.#done || source !== this.#source) return;
    this.#broken = true;
    this.on.state("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    this.#source = null;
    this.#timer = setTimeout(() => this.on.closed(() => this.#open()), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT, this.#wait * 1.7);
  }

  #rest() {
    if (this.#done) return;
    this.#disconnect();
    this.on.state("hidden");
  }

  #disconnect() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  close(ended = false) {
    if (this.#done) return;
    this.#done = true;
    this.#disconnect();
    document.removeEventListener("visibilitychange", this.visibility);
    if (ended) this.on.end();
  }
}

// When things happened by the clock of the process that sent the event. Its zero is the jail's start, that of
// the trace is the run's claim; the smallest delay between the two times of one event is the distance of the
// zeros, plus next to nothing.

const SHIFT = 0.005; // seconds; a smaller correction needs no new drawing

/** @param {number} seconds */
const rounded = (seconds) => Math.round(seconds * 1e4) / 1e4;

export class SenderClock {
  /** Distance of the zeros in seconds, Infinity while no event had a sender's time. */
  #zero = Infinity;
  /**
   * @type {{ of: Record<string, any>, key: string, at: number }[]} what was placed with the distance that was
   *   known
   */
  #placed = [];

  /**
   * Set an event's `at` to when it happened, by the trace's zero. True if what was placed before has moved
   * visibly.
   * @param {Trace.Event} event
   */
  read(event) {
    const { at } = event.data;
    if (typeof at !== "number" || !Number.isFinite(at) || event.data.forged) return false;
    const before = this.#zero;
    if (event.t - at < before) {
      this.#zero = event.t - at;
      for (const one of this.#placed) one.of[one.key] = rounded(one.at + this.#zero);
    }
    event.at = rounded(at + this.#zero);
    return before - this.#zero > SHIFT && this.#placed.length > 0;
  }

  /**
   * Keep `of[key]` at the moment of this event, also when the distance turns out to be smaller.
   * @param {Trace.Event} event
   * @param {Record<string, any>} of
   * @param {string} key
   */
  place(event, of, key) {
    const { at } = event.data;
    if (typeof at !== "number" || !Number.isFinite(at) || event.data.forged) return;
    this.#placed.push({ of, key, at });
    of[key] = rounded(at + this.#zero);
  }
}

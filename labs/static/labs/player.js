// One clock for a run that is live, replayed or scrubbed. `on.time(t)` is called once a frame while time
// runs.

/**
 * What a clock needs of the browser; a test brings its own.
 * @typedef {object} Frames
 * @property {() => number} now ms
 * @property {(frame: (now: number) => void) => number} ask for the next frame
 * @property {(id: number) => void} cancel
 * @property {() => boolean} calm does the reader want less motion?
 */

/** @returns {Frames} */
function ofBrowser() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  return {
    now: () => performance.now(), ask: (frame) => requestAnimationFrame(frame),
    cancel: (id) => cancelAnimationFrame(id), calm: () => calm.matches,
  };
}

export class Player {
  t = 0; // seconds, as all times here
  end = 0;
  speed = 1;
  playing = false;
  live = false;
  /** @type {number[]} the moments at which something happens, ascending */
  stops = [];
  /** The time of the last event. */
  latest = 0;
  #offset = Infinity; // the run's zero on this browser's clock
  #last = 0; // ms, the frame before
  #id = 0;

  /**
   * @param {{ time(t: number): void, state(player: Player): void }} on
   * @param {Frames} frames
   */
  constructor(on, frames = ofBrowser()) {
    this.on = on;
    this.frames = frames;
  }

  /** A live run begins: time follows the events, a little ahead of the last one. */
  goLive() {
    Object.assign(this, { live: true, playing: true, t: 0, end: 0, latest: 0 });
    this.#offset = Infinity;
    this.#run();
  }

  /**
   * An event with time t has arrived. The fastest event shows how far this clock is from the run's.
   * @param {number} t
   */
  heard(t) {
    this.#offset = Math.min(this.#offset, this.frames.now() / 1000 - t);
    this.latest = Math.max(this.latest, t);
  }

  /**
   * How late the last event came, in ms.
   * @param {number} t
   */
  behind(t) { return Math.max(0, Math.round((this.frames.now() / 1000 - this.#offset - t) * 1000)); }

  /**
   * The trace is whole: from here on it is a replay.
   * @param {number} end
   * @param {{ at?: number }} where the playhead is put, at the end if nothing is said
   */
  stopAt(end, { at = end } = {}) {
    Object.assign(this, { live: false, playing: false, end, t: Math.min(at, end) });
    this.on.state(this);
    this.on.time(this.t);
  }

  /** @param {number} t */
  seek(t) {
    this.t = Math.min(Math.max(0, t), this.live ? this.latest : this.end);
    this.pause();
    this.on.time(this.t);
  }

  /** Another speed goes on from the moment shown. */
  setSpeed(/** @type {number} */ speed) {
    this.speed = speed;
    this.#last = this.frames.now();
  }

  play() {
    if (this.live) { this.playing = true; this.#run(); return; }
    if (this.t >= this.end - 0.001) this.t = 0;
    if (this.frames.calm()) { // step from event to event
      this.t = this.stops.find((stop) => stop > this.t + 0.01) ?? this.end;
      this.on.time(this.t);
      return;
    }
    this.playing = true;
    this.#last = this.frames.now();
    this.#run();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.on.state(this);
  }

  #run() {
    this.on.state(this);
    this.frames.cancel(this.#id);
    this.#next();
  }

  #next() { this.#id = this.frames.ask((now) => this.#tick(now)); }

  /** @param {number} now ms */
  #tick(now) {
    if (!this.playing) return;
    if (this.live) {
      const clock = this.#offset === Infinity ? 0 : now / 1000 - this.#offset;
      this.t = this.frames.calm() ? this.latest : Math.max(this.latest, Math.min(clock, this.latest + 2.5));
    } else {
      this.t = Math.min(this.end, this.t + ((now - this.#last) / 1000) * this.speed);
      this.#last = now;
    }
    this.on.time(this.t);
    if (!this.live && this.t >= this.end) { this.pause(); return; }
    this.#next();
  }
}

// One clock for a run that is live, replayed or scrubbed. `on.time(t)` is called once a frame while time runs.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Player {
  constructor(on) {
    Object.assign(this, { on, t: 0, end: 0, speed: 1, playing: false, live: false, stops: [], offset: Infinity, latest: 0, last: 0 });
    this.frame = (now) => this.#tick(now);
  }

  get calm() { return calm.matches; }

  /** A live run begins: time follows the events, a little ahead of the last one. */
  goLive() {
    Object.assign(this, { live: true, playing: true, t: 0, end: 0, offset: Infinity, latest: 0 });
    this.#run();
  }

  /** An event with time t has arrived. The fastest event tells how far this clock is from the run's. */
  heard(t) {
    this.offset = Math.min(this.offset, performance.now() / 1000 - t);
    this.latest = Math.max(this.latest, t);
  }

  /** How late the last event came, in ms. */
  behind(t) { return Math.max(0, Math.round((performance.now() / 1000 - this.offset - t) * 1000)); }

  /** The trace is whole: from here on it is a replay. */
  settle(end, { at = end } = {}) {
    Object.assign(this, { live: false, playing: false, end, t: Math.min(at, end) });
    this.on.state(this);
    this.on.time(this.t);
  }

  seek(t) {
    this.t = Math.min(Math.max(0, t), this.live ? this.latest : this.end);
    this.pause();
    this.on.time(this.t);
  }

  play() {
    if (this.live) { this.playing = true; this.#run(); return; }
    if (this.t >= this.end - 0.001) this.t = 0;
    if (calm.matches) { // step from event to event
      this.t = this.stops.find((stop) => stop > this.t + 0.01) ?? this.end;
      this.on.time(this.t);
      return;
    }
    this.playing = true;
    this.last = performance.now();
    this.#run();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.on.state(this);
  }

  #run() {
    this.on.state(this);
    cancelAnimationFrame(this.id);
    this.id = requestAnimationFrame(this.frame);
  }

  #tick(now) {
    if (!this.playing) return;
    if (this.live) {
      const clock = this.offset === Infinity ? 0 : now / 1000 - this.offset;
      this.t = calm.matches ? this.latest : Math.max(this.latest, Math.min(clock, this.latest + 2.5));
    } else {
      this.t = Math.min(this.end, this.t + ((now - this.last) / 1000) * this.speed);
      this.last = now;
    }
    this.on.time(this.t);
    if (!this.live && this.t >= this.end) { this.pause(); return; }
    this.id = requestAnimationFrame(this.frame);
  }
}

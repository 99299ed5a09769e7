// The time axis: stretches in which nothing happened, and a scale that draws them short. Pure.

const SAMPLES = new Set(["broker-sample", "probe", "lateness"]);

/**
 * Stretches of at least `least` seconds in which nothing happened but samples.
 * @param {Trace.Raw[]} events
 * @returns {Trace.Gap[]}
 */
export function idle(events, least = 2) {
  const gaps = [];
  let last = 0;
  for (const event of events) {
    if (SAMPLES.has(event.kind)) continue;
    if (event.t - last >= least) gaps.push({ from: last, to: event.t });
    last = Math.max(last, event.t);
  }
  return gaps;
}

/** Time to length and back, both in seconds. With gaps, each of them is drawn `kept` seconds long. */
export class TimeScale {
  /** @param {Trace.Gap[]} gaps */
  constructor(gaps = [], kept = 0.6) {
    this.gaps = gaps.filter((gap) => gap.to - gap.from > kept + 0.4)
      .map((gap) => ({ from: gap.from + 0.2, to: gap.to - 0.2 }));
    this.kept = kept;
  }

  /** @param {number} t */
  length(t) {
    let saved = 0;
    for (const { from, to } of this.gaps) {
      if (t <= from) break;
      if (t >= to) saved += to - from - this.kept;
      else return from - saved + ((t - from) / (to - from)) * this.kept;
    }
    return t - saved;
  }

  /** @param {number} length */
  time(length) {
    let saved = 0;
    for (const { from, to } of this.gaps) {
      const at = from - saved;
      if (length <= at) break;
      if (length < at + this.kept) return from + ((length - at) / this.kept) * (to - from);
      saved += to - from - this.kept;
    }
    return length + saved;
  }
}

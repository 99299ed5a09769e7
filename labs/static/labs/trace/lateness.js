// How late a timer in the jail fired, which tells how busy the machine was. Pure.

/** Seconds between two reports of the supervisor. */
const EVERY = 1;
/**
 * Seconds of lateness from which the supervisor reports; a report below says that the machine is on time
 * again.
 */
export const NOTICEABLE = 0.05;

/** @param {Trace.Model} model @param {Trace.Event} event a report covers the second before it */
export function fold(model, event) {
  const worst = Number(event.data.worst ?? 0), before = model.late.at(-1);
  if (!(worst >= NOTICEABLE)) return;
  if (!before) model.shape += 1; // the strip above the lanes takes room
  const start = Math.max(before?.end ?? 0, event.t - Math.max(EVERY, worst));
  model.late.push({ start, end: event.t, worst, seq: event.seq });
}

/**
 * Reports that follow each other without a pause, as one stretch each.
 * @param {Trace.Late[]} late
 * @returns {Trace.Late[]}
 */
export function stretches(late) {
  /** @type {Trace.Late[]} */
  const found = [];
  for (const one of late) {
    const last = found.at(-1);
    if (last && one.start - last.end < EVERY / 2) Object.assign(last, {
      end: one.end, worst: Math.max(last.worst, one.worst),
    });
    else found.push({ ...one });
  }
  return found;
}

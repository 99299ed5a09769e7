// Two copies of one draft, in this browser and on the server: which of them holds. What a response means.
// Pure.

/** @typedef {Record<string, string[]>} Fields values by name */
/** @typedef {{ fields: Fields, version: number }} Kept `version`: the server's, when the draft was typed */

const RETRIES = [1000, 2000, 4000, 8000, 15000]; // ms

/** @param {Fields} one @param {Fields} other */
export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * What is to be done with a draft that this browser kept: nothing, put it in, or let the learner choose.
 * @param {Kept | null} kept
 * @param {Kept} shown what the page shows and the server's version of it
 * @param {boolean} saved does the server keep drafts of this page too?
 * @returns {"nothing" | "fill" | "choose"}
 */
export function onReturn(kept, shown, saved) {
  if (!kept?.fields || isSame(kept.fields, shown.fields)) return "nothing";
  return saved && kept.version < shown.version ? "choose" : "fill";
}

/**
 * What the server's response to a save means. `status` 0: there was none.
 * @param {number} status
 * @param {{ token?: string } | null} body
 * @returns {"saved" | "conflict" | "token" | "refused" | "again"}
 */
export function meaning(status, body) {
  if (status === 200) return "saved";
  if (status === 409) return "conflict";
  if (status === 403 && body?.token) return "token";
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? "refused" : "again";
}

/**
 * Which sentence says what went wrong with a request. `status` 0: there was no response.
 * @param {number} status
 * @returns {"offline" | "busy" | "large" | "broken" | "refused"}
 */
export function reason(status) {
  if (status === 0) return "offline";
  if (status === 429 || status === 503) return "busy";
  if (status === 413) return "large";
  return status >= 500 ? "broken" : "refused";
}

/**
 * How long to wait before the next try, in ms.
 * @param {number} tries those before it
 */
export const pauseAfter = (tries) => RETRIES[Math.min(tries, RETRIES.length - 1)] ?? 0;

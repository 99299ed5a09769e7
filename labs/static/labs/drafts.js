// What a learner typed, kept in this browser for each bench and learner, so that a reload or a lost
// connection costs nothing. A draft belongs to its learner: nobody else's page shows it, and a log-out
// removes it (static/js/page.js).

const MOST_EARLIER = 12;
const LONGEST = 200_000; // characters of one kept text

/**
 * What is kept of one bench. `revision` is the lab's when the files were typed; `tab` wrote it last.
 * @typedef {object} Kept
 * @property {Record<string, string>} [files]
 * @property {string | null} [revision]
 * @property {Record<string, Api.KnobValue>} [knobs]
 * @property {Earlier[]} [earlier]
 * @property {number} [at] ms
 * @property {string} [tab]
 */
/** @typedef {{ name: string, text: string, why: "draft" | "reset" | "tab", at: number }} Earlier */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

/** @param {() => Storage} which @returns {Storage | null} null where the browser refuses */
function storage(which) { try { return which(); } catch { return null; } }

export class Drafts {
  /** Has all that was to be kept been written? */
  isKept = true;
  /**
   * Called with what another tab has written meanwhile, before this one writes over it.
   * @type {(theirs: Kept) => void}
   */
  onOther = () => {};
  #tab = `${Date.now()}-${Math.random()}`;
  // what this tab has read or written last, as it was stored: two writes may fall into one millisecond
  #seen = "";

  /**
   * @param {string} slug
   * @param {string | number} learner "" while this browser is nobody
   * @param {Store | null} store
   * @param {Store | null} session of this tab: who was nobody here may take the draft along on signing up
   */
  constructor(slug, learner, store = storage(() => localStorage), session = storage(() => sessionStorage)) {
    this.store = store;
    this.key = `bench:${slug}:${learner}`;
    const nobody = `bench:${slug}:`;
    /** @type {Kept} */
    this.kept = this.#read(this.key) ?? (learner ? this.#adopt(nobody, session) : null) ?? {};
    this.kept.files ??= {};
    this.kept.earlier ??= [];
    if (!learner) try { session?.setItem(nobody, "here"); } catch { /* then it is not taken along */ }
  }

  /**
   * What nobody typed in this very tab goes to who signs up in it; in another tab it may be another person's.
   * @param {string} nobody the key
   * @param {Store | null} session
   */
  #adopt(nobody, session) {
    if (!session?.getItem(nobody)) return null;
    const found = this.#read(nobody);
    if (found) { this.kept = found; this.#write(); this.store?.removeItem(nobody); }
    return found;
  }

  /** @param {string} key @returns {Kept | null} */
  #read(key) {
    try {
      const stored = this.store?.getItem(key) ?? "null", found = JSON.parse(stored);
      if (key === this.key && found) this.#seen = stored;
      return found;
    } catch { return null; }
  }

  get files() { return this.kept.files ?? {}; }
  get revision() { return this.kept.revision ?? null; }
  get knobs() { return this.kept.knobs ?? {}; }
  get earlier() { return this.kept.earlier ?? []; }

  /** Has another tab written since this one read or wrote? Then `onOther` hears of it. */
  look() {
    const before = this.#seen, theirs = this.#read(this.key);
    if (!theirs || this.#seen === before || theirs.tab === this.#tab) return;
    const known = new Set(this.earlier.map((one) => `${one.name} ${one.text}`));
    const news = (theirs.earlier ?? []).filter((one) => !known.has(`${one.name} ${one.text}`));
    this.kept.earlier = [...news, ...this.earlier].slice(0, MOST_EARLIER);
    this.onOther(theirs);
  }

  /** @param {Kept} change */
  keep(change) {
    this.look();
    Object.assign(this.kept, change);
    this.#write();
  }

  #write() {
    Object.assign(this.kept, { at: Date.now(), tab: this.#tab });
    try {
      const stored = JSON.stringify(this.kept);
      this.store?.setItem(this.key, stored);
      this.isKept = this.store !== null;
      this.#seen = stored;
    } catch { this.isKept = false; } // full or forbidden: it lasts as long as the page, and the page says so
  }

  /**
   * Before a text is replaced it is kept, newest first; the same text twice in a row once.
   * @param {string} name
   * @param {string} text
   * @param {Earlier["why"]} why
   */
  remember(name, text, why) {
    if (text.length > LONGEST || this.earlier.some((one) => one.name === name && one.text === text)) return;
    this.kept.earlier = [{ name, text, why, at: Date.now() }, ...this.earlier].slice(0, MOST_EARLIER);
    this.#write();
  }
}

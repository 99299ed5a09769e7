// What this browser keeps of drafts. A copy belongs to one learner and one open page: nobody else is shown
// it, and no tab writes over another's.

/** @typedef {import("./draft_versions.js").Fields} Fields */
/** @typedef {{ key: string, fields: Fields, version: number, at: number }} Copy `at`: ms, when it was kept */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Store */

const OWNER = "draft:owner";

/** @param {Store} store @param {string} prefix */
function keysFrom(store, prefix) {
  const found = [];
  for (let index = 0; index < store.length; index += 1) found.push(store.key(index) ?? "");
  return found.filter((key) => key.startsWith(prefix));
}

export class Copies {
  /**
   * @param {Store | null} store null where the browser keeps nothing
   * @param {string} owner `user-7`, `guest-3`, or "" for a visitor without a record
   * @param {string} tab differs between open pages
   */
  constructor(store, owner, tab) {
    this.store = store;
    this.owner = owner;
    this.tab = tab;
    this.adopt();
  }

  /** @param {string} question */
  prefix(question) { return `draft:${this.owner}:${question}#`; }

  /**
   * A guest's copies go to the account that the guest logs in to, as the guest's record does; a user's to
   * nobody.
   */
  adopt() {
    const { store, owner } = this;
    if (!store || !owner) return;
    try {
      const before = store.getItem(OWNER) ?? "";
      for (const giver of new Set(["", before.startsWith("guest-") ? before : ""])) {
        if (giver === owner) continue;
        for (const key of keysFrom(store, `draft:${giver}:`)) {
          store.setItem(`draft:${owner}:${key.slice(`draft:${giver}:`.length)}`, store.getItem(key) ?? "");
          store.removeItem(key);
        }
      }
      store.setItem(OWNER, owner);
    } catch { /* a full store gives nothing away and takes nothing */ }
  }

  /** Is somebody else using this browser by now? */
  get isLeft() {
    try {
      return Boolean(this.owner && this.store && this.store.getItem(OWNER) !== this.owner);
    } catch { return false; }
  }

  /**
   * The copies of a question, newest first.
   * @param {string} question
   * @returns {Copy[]}
   */
  of(question) {
    if (!this.store) return [];
    const found = [];
    for (const key of keysFrom(this.store, this.prefix(question))) {
      const copy = this.read(key);
      if (copy?.fields) found.push({ ...copy, key });
    }
    return found.toSorted((a, b) => b.at - a.at);
  }

  /** @param {string} key */
  read(key) { try { return JSON.parse(this.store?.getItem(key) ?? "null"); } catch { return null; } }

  /**
   * Keep this page's copy; false where the browser keeps nothing.
   * @param {string} question
   * @param {Fields} fields
   * @param {number} version the server's version of the draft that these fields were typed on
   */
  keep(question, fields, version) {
    try {
      this.store?.setItem(
        this.prefix(question) + this.tab, JSON.stringify({ fields, version, at: Date.now() }),
      );
      return Boolean(this.store);
    } catch { return false; }
  }

  /** @param {string} question */
  dropMine(question) { this.drop(this.prefix(question) + this.tab); }

  /** @param {string} question */
  dropAll(question) { for (const { key } of this.of(question)) this.drop(key); }

  /** @param {string} key */
  drop(key) {
    try { this.store?.removeItem(key); } catch { /* there is no store, so nothing is kept in it */ }
  }

  /**
   * Drop a copy unless its page has kept a newer one since.
   * @param {Copy | null} copy
   */
  dropSame(copy) { if (copy && this.read(copy.key)?.at === copy.at) this.drop(copy.key); }
}

// What a learner typed, kept in this browser for each bench and learner, so that a reload or a lost connection costs nothing.

const MOST_EARLIER = 12;
const HIGH = 200_000; // characters of one kept text

const read = (key) => { try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; } };
const write = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } };

export class Drafts {
  constructor(slug, learner) {
    this.key = `bench:${slug}:${learner}`;
    const guestKey = `bench:${slug}:`; // typed before this browser was anybody
    this.kept = read(this.key) ?? (learner ? read(guestKey) : null) ?? {};
    this.kept.files ??= {};
    this.kept.earlier ??= [];
  }

  get files() { return this.kept.files; }
  get revision() { return this.kept.revision ?? null; }
  get knobs() { return this.kept.knobs ?? {}; }
  get earlier() { return this.kept.earlier; }

  keep(change) {
    Object.assign(this.kept, change, { at: Date.now() });
    write(this.key, this.kept);
  }

  /** Before a text is replaced it is kept, newest first; the same text twice in a row once. */
  remember(name, text, why) {
    if (text.length > HIGH || this.earlier.some((one) => one.name === name && one.text === text)) return;
    this.keep({ earlier: [{ name, text, why, at: Date.now() }, ...this.earlier].slice(0, MOST_EARLIER) });
  }
}

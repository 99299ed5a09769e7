// Whose draft is whose, in one browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Copies } from "../../quizzes/static/quizzes/draft_copies.js";

class Store {
  /** @type {Map<string, string>} */
  kept = new Map();
  get length() { return this.kept.size; }

  /** @param {number} index */
  key(index) { return [...this.kept.keys()][index] ?? null; }

  /** @param {string} key */
  getItem(key) { return this.kept.get(key) ?? null; }

  /** @param {string} key @param {string} value */
  setItem(key, value) { this.kept.set(key, value); }

  /** @param {string} key */
  removeItem(key) { this.kept.delete(key); }
}

/** @param {string} text */
const typed = (text) => ({ text: [text] });
/** @param {Copies} copies */
const texts = (copies) => copies.of("q").map(({ fields }) => fields.text?.[0]);

test("what one account typed is not shown to another", () => {
  const store = new Store();
  new Copies(store, "user-1", "a").keep("q", typed("secret"), 0);
  for (const other of ["user-2", "user-12", "guest-1", ""]) {
    assert.deepEqual(texts(new Copies(store, other, "b")), [], other);
  }
  assert.deepEqual(texts(new Copies(store, "user-1", "c")), ["secret"]);
});

test("what a visitor and then a guest typed goes to the account that the guest logs in to", () => {
  const store = new Store();
  new Copies(store, "", "a").keep("q", typed("as nobody"), 0);
  assert.deepEqual(texts(new Copies(store, "guest-3", "b")), ["as nobody"]);
  assert.deepEqual(texts(new Copies(store, "user-1", "c")), ["as nobody"]);
  assert.deepEqual(texts(new Copies(store, "guest-3", "d")), []);
});

test("a guest's text goes to nobody who comes after another account", () => {
  const store = new Store();
  new Copies(store, "guest-3", "a").keep("q", typed("guest"), 0);
  store.setItem("draft:owner", "user-1");
  assert.deepEqual(texts(new Copies(store, "user-2", "b")), []);
});

test("two tabs keep two texts", () => {
  const store = new Store();
  const one = new Copies(store, "user-1", "a"), two = new Copies(store, "user-1", "b");
  one.keep("q", typed("one"), 0);
  two.keep("q", typed("two"), 0);
  assert.deepEqual(texts(one).toSorted(), ["one", "two"]);
  one.dropMine("q");
  assert.deepEqual(texts(one), ["two"]);
});

test("a copy that its tab has changed since is not dropped with the older one", () => {
  const store = new Store();
  const one = new Copies(store, "user-1", "a");
  one.keep("q", typed("one"), 0);
  const [seen] = one.of("q");
  assert.ok(seen);
  store.setItem(seen.key, JSON.stringify({ fields: typed("one more"), version: 0, at: seen.at + 1 }));
  one.dropSame(seen);
  assert.deepEqual(texts(one), ["one more"]);
});

test("a page knows that somebody else uses the browser by now", () => {
  const store = new Store();
  const mine = new Copies(store, "user-1", "a");
  assert.equal(mine.isLeft, false);
  store.removeItem("draft:owner");
  assert.equal(mine.isLeft, true);
});

test("a question's name that begins like another's is another question", () => {
  const copies = new Copies(new Store(), "user-1", "a");
  copies.keep("q", typed("one"), 0);
  copies.keep("q:2", typed("two"), 0);
  assert.deepEqual(texts(copies), ["one"]);
});

test("without a store nothing is kept, and nothing breaks", () => {
  const copies = new Copies(null, "user-1", "a");
  assert.equal(copies.keep("q", typed("one"), 0), false);
  assert.deepEqual(copies.of("q"), []);
  copies.dropAll("q");
});

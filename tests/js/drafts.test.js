// What a browser keeps of a bench.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../labs/static/labs/drafts.js";

class Store {
  /** @type {Map<string, string>} */
  kept = new Map();
  full = false;

  /** @param {string} key */
  getItem(key) { return this.kept.get(key) ?? null; }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    if (this.full) throw new Error("QuotaExceededError");
    this.kept.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) { this.kept.delete(key); }
}

test("what was typed is there after a reload, for this bench and this learner only", () => {
  const store = new Store();
  new Drafts("shop", 7, store).keep({ files: { "tasks.py": "x = 1" }, revision: "abc" });
  const again = new Drafts("shop", 7, store);
  assert.deepEqual([again.files, again.revision], [{ "tasks.py": "x = 1" }, "abc"]);
  assert.deepEqual(new Drafts("shop", 8, store).files, {});
  assert.deepEqual(new Drafts("mail", 7, store).files, {});
});

test("who signs up in the tab in which nobody typed takes the text along, once", () => {
  const store = new Store(), tab = new Store();
  new Drafts("shop", "", store, tab).keep({ files: { "tasks.py": "x = 1" } });
  assert.deepEqual(new Drafts("shop", 7, store, tab).files, { "tasks.py": "x = 1" });
  assert.deepEqual(new Drafts("shop", 8, store, tab).files, {});
  assert.deepEqual(new Drafts("shop", "", store, tab).files, {});
});

test("what nobody typed in another tab is not shown to who logs in", () => {
  const store = new Store();
  new Drafts("shop", "", store, new Store()).keep({ files: { "tasks.py": "secret" } });
  assert.deepEqual(new Drafts("shop", 7, store, new Store()).files, {});
});

test("a tab hears of what another has kept before it writes over it", () => {
  const store = new Store(), one = new Drafts("shop", 7, store), other = new Drafts("shop", 7, store);
  /** @type {unknown[]} */
  const heard = [];
  other.onOther = (theirs) => { heard.push(theirs.files); };
  one.keep({ files: { "tasks.py": "one" } });
  other.keep({ files: { "tasks.py": "other" } });
  other.keep({ files: { "tasks.py": "other again" } });
  assert.deepEqual(heard, [{ "tasks.py": "one" }]);
});

test("an earlier text of another tab is not lost by what this one keeps", () => {
  const store = new Store(), one = new Drafts("shop", 7, store), other = new Drafts("shop", 7, store);
  one.remember("tasks.py", "precious", "tab");
  other.keep({ files: {} });
  assert.deepEqual(new Drafts("shop", 7, store).earlier.map(({ text }) => text), ["precious"]);
});

test("a store that refuses is said: nothing counts as kept", () => {
  const store = new Store(), drafts = new Drafts("shop", 7, store);
  store.full = true;
  drafts.keep({ files: { "tasks.py": "x" } });
  assert.equal(drafts.isKept, false);
});

test("replaced texts are kept newest first, each once, and only so many", () => {
  const drafts = new Drafts("shop", 7, new Store());
  drafts.remember("tasks.py", "one", "draft");
  drafts.remember("tasks.py", "two", "reset");
  drafts.remember("tasks.py", "one", "draft");
  assert.deepEqual(drafts.earlier.map(({ text, why }) => [text, why]), [["two", "reset"], ["one", "draft"]]);
  for (let i = 0; i < 30; i += 1) drafts.remember("tasks.py", String(i), "draft");
  assert.deepEqual([drafts.earlier.length, drafts.earlier[0]?.text], [12, "29"]);
});

test("a full or broken store costs the keeping and nothing else", () => {
  const store = new Store();
  store.kept.set("bench:shop:7", "{not json");
  store.full = true;
  const drafts = new Drafts("shop", 7, store);
  drafts.keep({ files: { "tasks.py": "x" } });
  assert.deepEqual(drafts.files, { "tasks.py": "x" });
  assert.deepEqual(new Drafts("shop", 7, null).files, {});
});

test("a tab hears of both of two writes that fall into the same millisecond", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1000 });
  const store = new Store(), one = new Drafts("shop", 7, store), other = new Drafts("shop", 7, store);
  /** @type {unknown[]} */
  const heard = [];
  other.onOther = (theirs) => { heard.push(theirs.files); };
  for (const text of ["first", "second"]) {
    one.keep({ files: { "tasks.py": text } });
    other.look();
  }
  assert.deepEqual(heard, [{ "tasks.py": "first" }, { "tasks.py": "second" }]);
});

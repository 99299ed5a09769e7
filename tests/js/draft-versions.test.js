// Which copy of a quiz's draft holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { meaning, onReturn, pauseAfter, reason } from "../../quizzes/static/quizzes/draft_versions.js";

const shown = { fields: { text: ["old"] }, version: 3 };
/** @param {string} text @param {number} version */
const kept = (text, version) => ({ fields: { text: [text] }, version });

test("a browser that kept nothing, or what the page shows, does nothing", () => {
  assert.equal(onReturn(null, shown, true), "nothing");
  assert.equal(onReturn(kept("old", 1), shown, true), "nothing");
});

test("what was typed on the server's version is put in again", () => assert.equal(
  onReturn(kept("new", 3), shown, true), "fill",
));

test("what was typed on an older version than the server's is the learner's choice", () => assert.equal(
  onReturn(kept("new", 2), shown, true), "choose",
));

test("where the server keeps no draft the browser's holds", () => assert.equal(
  onReturn(kept("new", 0), shown, false), "fill",
));

test("each response to a save has one meaning", () => {
  assert.equal(meaning(200, {}), "saved");
  assert.equal(meaning(409, {}), "conflict");
  assert.equal(meaning(403, { token: "t" }), "token");
  assert.equal(meaning(403, {}), "refused");
  assert.equal(meaning(413, null), "refused");
  for (const status of [0, 302, 408, 429, 500, 503]) {
    assert.equal(meaning(status, null), "again", String(status));
  }
});

test("tries become rarer and never stop", () => {
  const waits = [0, 1, 2, 3, 4, 5, 99].map(pauseAfter);
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15000, 15000, 15000]);
});

test("each failure has its own sentence", () => {
  const said = [0, 403, 404, 413, 422, 429, 500, 502, 503].map(reason);
  assert.deepEqual(said, [
    "offline", "refused", "refused", "large", "refused", "busy", "broken", "broken", "busy",
  ]);
});

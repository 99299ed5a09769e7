// Words in the plot never lie on each other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelRoom, RANK } from "../../labs/static/labs/timeline/label-room.js";

const node = () => /** @type {SVGElement} */ (/** @type {unknown} */ ({ style: { display: "" } }));
/** @param {number} x @param {number} rank */
const words = (x, rank, tag = "a") => ({ node: node(), x, y: 20, text: "kill -9", rank, tag, mono: true });
const shown = (/** @type {{ node: SVGElement }} */ { node: { style } }) => style.display === "";

test("of two alike the first keeps its place, and of two deaths the later", () => {
  const notes = new LabelRoom(), first = words(10, RANK.note), second = words(30, RANK.note);
  assert.deepEqual([notes.claim(first), notes.claim(second), shown(first), shown(second)], [
    true, false, true, false,
  ]);
  const deaths = new LabelRoom(), one = words(10, RANK.death), two = words(30, RANK.death);
  assert.deepEqual([deaths.claim(one), deaths.claim(two), shown(one), shown(two)], [true, true, false, true]);
});

test("what weighs more takes the room of what weighs less", () => {
  const room = new LabelRoom(), span = words(10, RANK.span), death = words(20, RANK.death);
  room.claim(span);
  assert.deepEqual([room.claim(death), shown(span)], [true, false]);
});

test("words apart in height or length, and words drawn anew, have room", () => {
  const room = new LabelRoom();
  assert.ok(room.claim(words(10, RANK.note)));
  assert.ok(room.claim(words(100, RANK.note)));
  assert.ok(room.claim({ ...words(10, RANK.note), y: 40 }));
  room.forget("a");
  assert.ok(room.claim(words(12, RANK.note)));
});

// Sentences: places that are filled in, and the form that a number takes in a language.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Catalogue, asFine, exact, trim } from "../../labs/static/labs/catalogue.js";

const ENGLISH = new Catalogue(
  { "n.one": "{n} event", "n.other": "{n} events", plain: "from {from} to {to} s", only: "{n} left" }, "en",
);

test("a number chooses its form", () => {
  assert.deepEqual([0, 1, 2].map((n) => ENGLISH.say("n", { n })), ["0 events", "1 event", "2 events"]);
});

test("a language has as many forms as it has", () => {
  const polish = new Catalogue(
    { "n.one": "{n} zadanie", "n.few": "{n} zadania", "n.many": "{n} zadań", "n.other": "{n} zadania" }, "pl",
  );
  assert.deepEqual([1, 3, 5, 22].map((n) => polish.say("n", { n })), [
    "1 zadanie", "3 zadania", "5 zadań", "22 zadania",
  ]);
});

test("a sentence without forms is the same for each number", () => assert.equal(
  ENGLISH.say("only", { n: 1 }), "1 left",
));

test("a place without a value stays, and a key without a sentence is shown", () => {
  assert.equal(ENGLISH.say("plain", { from: 1 }), "from 1 to {to} s");
  assert.equal(ENGLISH.say("none"), "none");
});

test("a value is put in as it is, markup too", () => assert.equal(
  ENGLISH.say("plain", { from: "<b>", to: "{n}" }), "from <b> to {n} s",
));

test("a number loses the zeros at its end", () => assert.deepEqual(
  [1, "2.50", 0.126, "x"].map(trim), ["1", "2.5", "0.13", "NaN"],
));

test("a prediction keeps the digits that were typed", () => assert.deepEqual(
  [0.125, 3, 0.1 + 0.2, 1234567].map(exact), ["0.125", "3", "0.3", "1234567"],
));

test("a measured number is as fine as the prediction, so that two that differ look different", () => {
  assert.deepEqual(
    [asFine(0.128, 0.125), asFine(0.125, 0.125), asFine(2.7188, 3), asFine(2, 3)],
    ["0.128", "0.125", "2.72", "2"],
  );
});

// The browser's model finds the executions that each trace of tests/traces/folding says.
// tests/test_folding.py asks the same of the judge and of the supervisor.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { TraceModel } from "../../labs/static/labs/trace/model.js";

const FOLDER = new URL("../traces/folding/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
/** @type {Record<string, string | undefined>} */
const OUTCOMES = { lost: "killed", retrying: "retried", running: "open", unfinished: "open" };

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));

/** @param {Trace.Execution} execution */
function told(execution) {
  const { task, name, lane, number, start, end, state } = execution, outcome = OUTCOMES[state] ?? state;
  return {
    task, name, lane, execution: number, started: start, ended: outcome === "open" ? null : end, outcome,
  };
}

/** @param {TraceModel} model */
const executions = (model) =>
  model.executions.filter((one) => one.kind === "task" && one.ran !== false).map(told);

/** @param {{ execution: number | null }[]} all what a recording without numbers cannot say */
const unnumbered = (all) => all.map((one) => ({ ...one, execution: null }));

test("there are traces to read", () => assert.ok(FILES.length >= 12));

for (const file of FILES) {
  const { title, events, executions: wanted } = read(file);
  const same = (/** @type {TraceModel} */ model) => {
    const found = executions(model);
    const numbered = wanted.every(
      (/** @type {{ execution: number | null }} */ one) => one.execution !== null,
    );
    assert.deepEqual(numbered ? found : unnumbered(found), wanted);
  };
  test(title, () => same(new TraceModel().pushAll(events)));
  test(`${title}: each event seen twice, as after a lost connection`, () => {
    const model = new TraceModel();
    for (const event of events) { model.push(event); model.push(event); }
    model.pushAll(events);
    same(model);
  });
}

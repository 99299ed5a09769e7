// What the fields of an event say.

/**
 * A lane's name without its child: `worker-1/2` is drawn in `worker-1`.
 * @param {string} lane
 */
export const base = (lane) => String(lane).split("/")[0] ?? "";

/**
 * Total of a depth given as a number, or as numbers by queue.
 * @param {number | Record<string, unknown> | null | undefined} depth
 * @returns {number}
 */
export const total = (depth) => typeof depth === "number" ? depth
  : Object.values(depth ?? {}).reduce((/** @type {number} */ sum, n) => sum + (Number(n) || 0), 0);

/**
 * The number of the execution that an event speaks of. Traces recorded earlier call it `run`.
 * @param {Trace.Raw} event
 * @returns {number | undefined}
 */
export const numberOf = (event) => event.data?.execution ?? event.data?.run;

/**
 * The whole dotted name of the task that an event or an execution is of; "" where it has none.
 * @param {{ name?: string | null, data?: Record<string, any>, whole?: string }} of
 * @returns {string}
 */
export const wholeName = (of) => of.whole ?? of.data?.task_name ?? of.name ?? "";

/**
 * What tells tasks apart: the id and the name, because a program may give one id to two tasks.
 * @param {{ task?: string | null, name?: string | null, data?: Record<string, any>, whole?: string }} of
 */
export const keyOf = (of) => `${of.task ?? ""}\n${wholeName(of)}`;

/**
 * @param {Trace.Execution} execution
 * @param {Trace.Task} task
 */
export const isOf = (execution, task) => execution.task === task.id && execution.whole === task.whole;

/**
 * Initials that no other name has: `charge` is c, `export_ledger` e, a second name with e el.
 * @param {string} name
 * @param {string[]} taken
 */
export function initials(name, taken) {
  const words = name.toLowerCase().split(/[^a-z0-9]+/).filter(Boolean);
  const first = words[0] ?? "";
  const choices = [
    first[0], words.map((word) => word[0]).join(""), first.slice(0, 2), first.slice(0, 3), words.join(""),
  ];
  return choices.find((letters) => letters && !taken.includes(letters)) ?? `t${taken.length}-`;
}

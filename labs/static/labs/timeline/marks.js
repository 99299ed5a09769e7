// What happens at one moment: kills, sent messages, due schedules, the lab's own notes and log lines. Each
// part draws only what is new since its last call, so a live trace costs what has arrived and not what is
// there.
import { el, symbol } from "../elements.js";
import { say } from "../words.js";
import { signalName } from "../sentences.js";
import { CHAR, clipped } from "./geometry.js";
import { RANK } from "./label-room.js";

/** @param {Drawing.Timeline} tl */
export function drawKills(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const kill of model.kills.slice(drawn.kills)) {
    drawn.kills += 1;
    const lane = lanes.get(kill.lane);
    if (!lane) continue;
    const x = tl.x(kill.t), y = lane.y + 13 + lane.top;
    el("path", { class: "kill", d: `M${x} ${lane.y + 1}V${lane.y + lane.h - 1}` }, layers.over);
    const what = kill.signal !== null ? signalName(kill.signal) : say("exit", { code: kill.exit });
    const words = kill.by === "learner" ? say("kill.you", { what }) : what;
    const left = model.ended && x + 26 + words.length * CHAR > tl.x(model.t);
    const before = drawn.lastKill.get(kill.lane);
    if (before && x - before.x < 16) before.bolt.remove();
    const bolt = symbol(
      "i-bolt", { class: "mk is-lost", x: left ? x - 17 : x + 4, y: y - 10, width: 13, height: 13 },
      layers.over,
    );
    const at = { x: left ? x - 19 : x + 19, y, "text-anchor": left ? "end" : "start" };
    const node = el("text", { class: "lost-t m halo", ...at }, layers.over, words);
    drawn.lastKill.set(kill.lane, { x, bolt });
    tl.room.claim({
      node, x: left ? x : x + 3, y, text: `${words}...`, mono: true, anchor: left ? "end" : "start",
      rank: RANK.death, tag: "kill",
    });
  }
  for (const requeue of model.requeues.slice(drawn.requeues)) {
    const x = tl.x(requeue.t);
    el("path", { class: "kill", d: `M${x} ${tl.axis}V${tl.bottom}` }, layers.over);
    const text = say("requeued"), y = tl.axis + tl.strip + 13;
    const node = el("text", { class: "lost-t halo", x: x + 6, y }, layers.over, text);
    tl.room.claim({ node, x: x + 6, y, text, rank: RANK.death, tag: "requeue" });
  }
  drawn.requeues = model.requeues.length;
}

/**
 * Sent messages as small rings; those that lie together share one label, and a label is as long as its room.
 * @param {Drawing.Timeline} tl
 */
export function drawSends(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const send of model.sends.slice(drawn.sends)) {
    drawn.sends += 1;
    const lane = lanes.get(send.lane);
    if (!lane) continue;
    const x = tl.x(send.t), busy = lane.lane.rows.length > 0;
    const y = busy ? lane.y + lane.top + 6 : lane.y + lane.top + (lane.h - lane.top) * 0.52, r = busy ? 3 : 4;
    const rings = drawn.rings.get(send.lane)
      ?? { ring: el("path", { class: "ring", d: "" }, layers.over), d: "", group: null };
    drawn.rings.set(send.lane, rings);
    rings.d += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    rings.ring.setAttribute("d", rings.d);
    if (busy) continue;
    const { group } = rings, { short, label } = send.task;
    if (group && x - group.to < 15) Object.assign(group, { to: x, last: short, count: group.count + 1 });
    else {
      if (group) sendLabel(tl, group, x - group.from - 2);
      const text = el("text", { class: "m halo", x: x - 4, y: y - 9 }, layers.over);
      rings.group = { from: x, to: x, y: y - 9, first: short, last: short, full: label, count: 1, text };
    }
    if (rings.group) sendLabel(tl, rings.group, 400);
  }
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.SendGroup} group
 * @param {number} room px
 */
function sendLabel(tl, group, room) {
  const choices = group.count > 1
    ? [`${group.first}\u2013${group.last}`, group.first]
    : [group.full, group.first];
  const text = choices.find((words) => words.length * CHAR <= room) ?? "";
  const tag = `send ${group.from} ${group.y}`;
  // The end of a trace would cut off what goes beyond it.
  const end = tl.model.ended ? tl.x(tl.model.t) : Infinity;
  const x = Math.min(group.from - 4, end - text.length * CHAR - 3);
  group.text.textContent = text;
  group.text.setAttribute("x", String(x));
  tl.room.forget(tag);
  tl.room.claim({ node: group.text, x, y: group.y, text, mono: true, rank: RANK.note, tag });
}

/** @param {Drawing.Timeline} tl */
export function drawFires(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const fire of model.fires.slice(drawn.fires)) {
    drawn.fires += 1;
    const lane = lanes.get(fire.lane);
    if (!lane) continue;
    const busy = lane.lane.rows.length > 0, x = tl.x(fire.t);
    const y = busy ? lane.y + lane.top + 9 : lane.y + lane.top + (lane.h - lane.top) * 0.6;
    el("path", { class: "fire", d: `M${x - 5} ${y - 5}h10l-5 9Z` }, layers.over);
    if ((drawn.fireRight.get(fire.lane) ?? -Infinity) > x || busy) continue;
    const node = el("text", { class: "m halo", x: x + 9, y: y + 3 }, layers.over, fire.name);
    tl.room.claim({ node, x: x + 9, y: y + 3, text: fire.name, mono: true, rank: RANK.note, tag: "fire" });
    drawn.fireRight.set(fire.lane, x + fire.name.length * CHAR + 18);
  }
}

/**
 * The lab's own annotations and log lines at the foot of their lane.
 * @param {Drawing.Timeline} tl
 */
export function drawMarks(tl) {
  const { drawn, layers, lanes, model } = tl;
  for (const tick of model.ticks.slice(drawn.ticks)) {
    drawn.ticks += 1;
    const lane = lanes.get(tick.lane);
    if (!lane) continue;
    drawn.tickD += `M${tl.x(tick.t)} ${lane.y + lane.h - 5}v4`;
    drawn.tickPath ??= el("path", { class: "logtick" }, layers.over);
    drawn.tickPath.setAttribute("d", drawn.tickD);
  }
  for (const mark of model.marks.slice(drawn.marks)) {
    drawn.marks += 1;
    const lane = lanes.get(mark.lane);
    if (lane) note(tl, lane, mark);
  }
}

/**
 * @param {Drawing.Timeline} tl
 * @param {Drawing.Lane} lane
 * @param {Trace.Mark} mark
 */
function note(tl, lane, mark) {
  const { drawn, layers } = tl;
  const forged = mark.kind === "forged", row = `${mark.lane}${forged ? " forged" : ""}`;
  const x = tl.x(mark.t), y = lane.y + lane.h - (forged ? 20 : 8), last = drawn.lastMark.get(row);
  if (last && x - last.x < 9) return;
  if (forged) el("path", { class: "forged", d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` }, layers.over);
  else el(
    "path", { class: `note${mark.kind === "lock" ? " is-failed" : ""}`, d: `M${x} ${y - 4}l4 4l-4 4l-4-4Z` },
    layers.over,
  );
  const words = forged
    ? say("forged.note", { what: say(`kind.${mark.text}`) })
    : mark.text === "clock" ? say("action.clock")
    : mark.text;
  if (last) {
    const shorter = clipped(last.words, (x - last.x - 18) / 5.9);
    last.text.textContent = shorter;
    tl.room.forget(last.tag);
    tl.room.claim({
      node: last.text, x: last.x + 8, y: y + 4, text: shorter, rank: RANK.note, tag: last.tag,
    });
  }
  const text = clipped(words, 34), tag = `mark ${mark.seq}`;
  // The last words of a trace that has ended go to the left, where its end would cut them off.
  const left = tl.model.ended && x + 10 + text.length * 6 > tl.x(tl.model.t)
    && (!last || x - last.x > text.length * 6 + 24);
  const node = el(
    "text",
    {
      class: forged ? "halo forged-t" : "halo", x: left ? x - 8 : x + 8, y: y + 4,
      "text-anchor": left ? "end" : "start",
    },
    layers.over, text,
  );
  tl.room.claim({
    node, x: left ? x - 8 : x + 8, y: y + 4, text, anchor: left ? "end" : "start", rank: RANK.note, tag,
  });
  drawn.lastMark.set(row, { x, words, text: node, tag });
}

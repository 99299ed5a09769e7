// The clock of a run, with frames that the test gives out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Player } from "../../labs/static/labs/player.js";

/** A browser whose time stands still until it is told to go on. */
class Stage {
  at = 0; // ms
  calm = false;
  /** @type {((now: number) => void) | null} */
  waiting = null;
  /** @type {number[]} */
  shown = [];
  /** @type {boolean[]} */
  states = [];

  player = new Player(
    { time: (t) => {
      this.shown.push(+t.toFixed(3));
    }, state: ({ playing }) => { this.states.push(playing); } },
    { now: () => this.at, ask: (frame) => {
      this.waiting = frame;
      return 1;
    }, cancel: () => { this.waiting = null; }, calm: () => this.calm },
  );

  /** @param {number} ms */
  frame(ms) {
    this.at += ms;
    const { waiting } = this;
    this.waiting = null;
    waiting?.(this.at);
    return this.shown.at(-1);
  }
}

test("a replay runs at its speed and stops at the end", () => {
  const stage = new Stage(), { player } = stage;
  player.stopAt(2, { at: 0 });
  player.play();
  assert.equal(stage.frame(500), 0.5);
  player.setSpeed(2);
  assert.equal(stage.frame(500), 1.5);
  assert.equal(stage.frame(900), 2);
  assert.equal(player.playing, false);
  assert.equal(stage.waiting, null);
});

test("a replay that has ended begins again", () => {
  const { player } = new Stage();
  player.stopAt(2);
  assert.equal(player.t, 2);
  player.play();
  assert.equal(player.t, 0);
});

test("a live run follows the fastest event, and never runs far ahead of the last", () => {
  const stage = new Stage(), { player } = stage;
  stage.at = 10_000;
  player.goLive();
  player.heard(1);
  stage.at += 300;
  player.heard(1.2); // 100 ms late
  assert.equal(player.behind(1.2), 100);
  assert.equal(stage.frame(0), 1.3);
  assert.equal(stage.frame(60_000), 3.7);
});

test("a new live run has its own zero", () => {
  const stage = new Stage(), { player } = stage;
  player.goLive();
  player.heard(0);
  stage.at = 50_000;
  player.goLive();
  player.heard(0);
  assert.equal(stage.frame(100), 0.1);
});

test("a live run is only sought in what has happened, and stands still there", () => {
  const stage = new Stage(), { player } = stage;
  player.goLive();
  player.heard(3);
  player.seek(9);
  assert.deepEqual([player.t, player.playing], [3, false]);
  player.seek(-1);
  assert.equal(player.t, 0);
});

test("a reader who wants less motion steps from event to event", () => {
  const stage = new Stage(), { player } = stage;
  stage.calm = true;
  player.stops = [0.5, 1.5];
  player.stopAt(2, { at: 0 });
  const steps = [1, 2, 3, 4].map(() => { player.play(); return player.t; });
  assert.deepEqual(steps, [0.5, 1.5, 2, 0.5]);
  assert.equal(stage.waiting, null);
});

// Two runs on one axis, played and scrubbed together.
import { call } from "./api.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";
import { TraceModel } from "./trace-model.js";
import { describe } from "./words.js";

const $ = (id) => document.getElementById(id);
const { sides } = JSON.parse($("bench-data").textContent);

const models = await Promise.all(sides.map(async (side) => {
  const answer = await call(`${side.urls.api_runs}${side.run}/events/`);
  const model = new TraceModel(side.lanes).pushAll(answer.ok ? answer.body ?? [] : []);
  model.ended = true;
  return model;
}));
const end = Math.max(...models.map((model) => model.t));
const timelines = models.map((model, i) => {
  const own = model.t;
  model.t = end; // one axis: both are as long as the longer
  const timeline = new Timeline($(`side-${i + 1}`), model, {
    onSelect: (run) => { $("beside-said").textContent = run ? describe(run, own) : ""; },
    onHover: (run) => { if (run) $("beside-said").textContent = describe(run, own); },
  });
  return timeline;
});
const scrub = $("beside-scrub"), button = $("beside-play");
const player = new Player({
  time: (t) => { for (const timeline of timelines) timeline.render(t); scrub.value = t; },
  state: ({ playing }) => {
    button.querySelector("use").setAttribute("href", playing ? "#i-pause" : "#i-play");
    button.setAttribute("aria-pressed", playing);
  },
});
scrub.max = end;
player.stops = [...new Set(models.flatMap((model) => model.events.map((event) => event.t)))].sort((a, b) => a - b);
player.settle(end);
button.addEventListener("click", () => (player.playing ? player.pause() : player.play()));
scrub.addEventListener("input", () => player.seek(Number(scrub.value)));

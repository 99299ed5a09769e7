// Two runs on one axis, played and scrubbed together.
import { call } from "./api.js";
import { need, written } from "./elements.js";
import { Player } from "./player.js";
import { describe } from "./sentences.js";
import { Timeline } from "./timeline/timeline.js";
import { TraceModel } from "./trace/model.js";

/** @type {{ sides: { urls: { api_runs: string }, run: string, lanes: string[] }[] }} */
const { sides } = written("bench-data");
const said = need("beside-said", HTMLElement), scrub = need("beside-scrub", HTMLInputElement);
const button = need("beside-play", HTMLButtonElement);

const models = await Promise.all(sides.map(async (side) => {
  const { ok, body } = await call(`${side.urls.api_runs}${side.run}/events/`);
  const model = new TraceModel(side.lanes).pushAll(ok ? body ?? [] : []);
  model.ended = true;
  return model;
}));
const end = Math.max(...models.map((model) => model.t));
const timelines = models.map((model, i) => {
  const own = model.t;
  model.t = end; // one axis: both are as long as the longer
  return new Timeline(need(`side-${i + 1}`, SVGSVGElement), model, {
    onSelect: (execution) => { said.textContent = execution ? describe(execution, own) : ""; },
    onHover: (execution) => { if (execution) said.textContent = describe(execution, own); },
  });
});
const player = new Player({
  time: (t) => {
    for (const timeline of timelines) timeline.render(t);
    scrub.value = String(t);
  },
  state: ({ playing }) => {
    button.querySelector("use")?.setAttribute("href", playing ? "#i-pause" : "#i-play");
    button.setAttribute("aria-pressed", String(playing));
  },
});
scrub.max = String(end);
player.stops = [...new Set(models.flatMap((model) => model.events.map((event) => event.t)))].toSorted(
  (a, b) => a - b,
);
player.stopAt(end);
button.addEventListener("click", () => (player.playing ? player.pause() : player.play()));
scrub.addEventListener("input", () => player.seek(Number(scrub.value)));

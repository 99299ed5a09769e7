// The bench: starts runs, follows them, and hands what they say to the panes.
import { call, newKey } from "./api.js";
import { chromeTrace, save } from "./downloads.js";
import { Editor } from "./editor.js";
import { Announcer, Checks, Selected, showMeasures, showOutcome } from "./inspector.js";
import { Knobs, Prediction } from "./settings-of-run.js";
import { RunStream } from "./stream.js";
import { html, icon } from "./svg.js";
import { TraceView } from "./trace-view.js";
import { say } from "./words.js";

const $ = (id) => document.getElementById(id);
const POLL = 700; // ms between looks at a run that waits

class Bench {
  constructor(data) {
    this.data = data;
    this.selected = new Selected((key) => this.view.select(key));
    this.view = new TraceView(data, { onSelect: (run) => this.selected.show(run, this.view.model, this.view.player.t) });
    this.announcer = new Announcer();
    this.checks = new Checks(data, (seqs) => { this.pane("trace"); this.view.light(seqs); });
    this.editor = new Editor(data, { run: () => this.start() });
    this.knobs = new Knobs(data, this.editor.drafts);
    this.prediction = new Prediction(data);
    this.run = null;
    this.wire();
    this.open();
  }

  say(state, text) {
    const conn = $("conn");
    conn.dataset.s = state;
    if (conn.textContent !== text) conn.textContent = text;
  }

  /** What the page opens with: the run that it is of, the learner's last one, or a recording where nothing can run. */
  async open() {
    this.say("idle", say("run.none"));
    if (this.data.run) { await this.follow(this.data.run); return; }
    if (["recording", "off"].includes(this.data.rig.state)) await this.recording();
  }

  async recording() {
    const answer = await call(this.data.urls.recording);
    if (!answer.ok) return;
    this.view.load(answer.body);
    this.say("done", say("run.recording"));
  }

  // a run ----------------------------------------------------------------------------------
  async start() {
    const button = $("run");
    if (!button || button.disabled) return;
    this.busy(true);
    this.notice("");
    this.editor.keep();
    this.say("starting", say("run.posting"));
    const body = { files: this.editor.changed(), knobs: this.knobs.values(), prediction: this.prediction.next };
    const answer = await call(this.data.urls.api_start, { method: "POST", body, headers: { "Idempotency-Key": newKey() } });
    if (!answer.ok) {
      this.busy(false);
      this.say("done", say("run.none"));
      this.notice(this.refusal(answer), true);
      return;
    }
    const prediction = this.prediction.take();
    this.pane("trace");
    await this.follow(answer.body.id, { status: "queued", prediction });
  }

  /** Follow a run from wherever it is to its end. */
  async follow(id, known = null) {
    this.stream?.close();
    this.run = { id, ...known };
    this.selected.show(null, null, 0);
    this.checks.waiting();
    showOutcome(null, this.data);
    showMeasures(null, this.data);
    if (!known) {
      const answer = await call(`${this.data.urls.api_runs}${id}/`);
      if (!answer.ok) { this.say("lost", say("run.not-found")); this.busy(false); return; }
      this.run = answer.body;
    }
    this.prediction.show(this.run.prediction, null);
    if ($("predict-next")) $("predict-next").open = false;
    if (this.run.status === "ended") { await this.replay(); return; }
    this.view.clear({ live: true });
    this.busy(true);
    this.stream = new RunStream(`${this.data.urls.api_runs}${id}/events/`, {
      events: (events) => this.heard(events),
      state: (state) => this.connection(state),
      closed: (again) => this.look(again),
      end: () => this.ended(),
    });
    this.wait();
  }

  heard(events) {
    this.view.take(events);
    for (const event of events) {
      this.announcer.hear(event, this.view.model);
      if (event.kind === "run-started") this.running();
      if (event.kind === "run-requeued") { this.run.status = "queued"; this.commands(false); this.say("starting", say("run.requeued")); this.wait(); }
    }
    if (this.run.status === "running" && !this.holding) {
      const late = this.view.player.behind(this.view.model.t), now = Date.now();
      if (now - (this.saidAt ?? 0) > 1000) { this.saidAt = now; this.say("live", late > 250 ? say("run.behind", { ms: late }) : say("run.live")); }
    }
  }

  running() {
    this.run.status = "running";
    this.commands(true);
    this.say("live", say("run.live"));
  }

  connection(state) {
    if (state === "open") return;
    this.holding = state !== "resumed";
    if (state === "lost") this.say("starting", say("run.lost-connection"));
    if (state === "hidden") this.say("idle", say("run.hidden"));
    if (state === "resumed") { this.say("live", say("run.resumed")); this.saidAt = Date.now() + 1500; }
  }

  /** The stream was refused: has the run ended meanwhile, or is the server away? */
  async look(again) {
    const answer = await call(`${this.data.urls.api_runs}${this.run.id}/`);
    if (answer.ok && answer.body.status === "ended") { this.stream.close(); await this.ended(); return; }
    again();
  }

  /** While a run waits, its place in the line. */
  async wait() {
    const { id } = this.run;
    while (this.run.id === id && ["queued", "starting"].includes(this.run.status)) {
      const answer = await call(`${this.data.urls.api_runs}${id}/`);
      if (this.run.id !== id || !["queued", "starting"].includes(this.run.status)) return;
      if (answer.ok) {
        const { status, queue_position: place } = answer.body;
        if (status === "ended") return;
        this.run.status = status === "running" ? this.run.status : status;
        if (status === "queued" && place && place !== this.place) this.announcer.say(say("announce.queue", { n: place }));
        this.place = place;
        if (status === "running") { this.running(); return; }
        this.say("starting", status === "queued" ? (place > 1 ? say("run.position", { n: place }) : say("run.queued")) : say("run.starting"));
      }
      await new Promise((done) => setTimeout(done, POLL));
    }
  }

  async ended() {
    this.say("starting", say("run.ending"));
    this.commands(false);
    const { id } = this.run;
    for (let i = 0; i < 6; i += 1) {
      const answer = await call(`${this.data.urls.api_runs}${id}/`);
      if (this.run.id !== id) return;
      if (answer.ok && answer.body.status === "ended") { this.run = answer.body; break; }
      await new Promise((done) => setTimeout(done, 300 * (i + 1)));
    }
    this.view.settle();
    this.judged(true);
  }

  async replay() {
    const answer = await call(`${this.data.urls.api_runs}${this.run.id}/events/`);
    const at = Number(new URLSearchParams(location.search).get("t"));
    if (answer.ok && answer.body?.length) this.view.load(answer.body, at ? { at } : {});
    this.judged(false);
    if (!answer.ok || !answer.body?.length) this.notice(say("run.no-trace"));
  }

  judged(live) {
    const { run, data } = this;
    this.busy(false);
    this.checks.show(run.checks ?? []);
    this.prediction.show(run.prediction, run.measures ?? {});
    showOutcome(run, data, (file, line) => { this.pane("code"); this.editor.show(file, line); });
    showMeasures(run, data);
    const words = say(`outcome.${run.outcome}`);
    this.say("done", live ? say(`ended.${run.outcome}`, { wall: data.wall }) : say("run.replay", { outcome: words }));
    const passed = (run.checks ?? []).filter((check) => check.verdict === "passed").length;
    if (live) this.announcer.say(run.checks?.length ? say("announce.ended", { words, passed, of: run.checks.length }) : say("announce.ended-plain", { words }));
    if (run.outcome === "error" && live) this.pane("inspect");
  }

  // controls -------------------------------------------------------------------------------
  busy(on) {
    const run = $("run"), stop = $("stop");
    if (run) run.disabled = on || !this.data.may_start || this.data.rig.state === "recording" || this.data.rig.state === "off";
    if (stop) stop.disabled = !on || !this.data.owner;
    if (!on) this.commands(false);
  }

  commands(on) {
    // A disabled button drops the focus; whoever pressed it with a key goes on from the button that starts the next run.
    if (!on && document.activeElement?.closest("#chaos")) ($("run")?.disabled === false ? $("run") : $("main")).focus();
    for (const button of document.querySelectorAll("#chaos button")) button.disabled = !on;
  }

  notice(text, bad = false) {
    document.querySelector(".bench-notice--said")?.remove();
    if (text) $("notices").append(html("p", { class: `bench-notice bench-notice--said${bad ? " bench-notice--bad" : ""}` }, icon("i-warn"), html("span", {}, text)));
  }

  refusal({ status, body, retry }) {
    const what = body?.errors?.length ? body.errors.map((error) => `${error.where}: ${error.what}`).join("; ") : body?.detail ?? "";
    if (status === 0) return say("refused.offline");
    if (status === 429) return say("refused.429", { what, n: retry || 5 });
    if (status === 422) return say("refused.422", { what });
    if (status === 413) return say("refused.413");
    if (what) return what;
    return status === 403 ? say("refused.403") : say("refused.other", { status });
  }

  pane(name) {
    const bench = document.querySelector(".bench");
    if (bench.dataset.pane === name) return;
    bench.dataset.pane = name;
    for (const button of document.querySelectorAll(".panes button")) button.setAttribute("aria-pressed", button.value === name);
    if (name === "trace") this.view.timeline.layout();
    if (name === "inspect") $("logbox").scrollTop = $("logbox").scrollHeight;
  }

  wire() {
    $("bench-form").addEventListener("submit", (event) => {
      if (event.submitter && "native" in event.submitter.dataset) return;
      event.preventDefault();
      if (event.submitter) this.start();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) { event.preventDefault(); this.start(); }
    });
    $("stop")?.addEventListener("click", async () => {
      this.say("starting", say("run.stopping"));
      $("stop").disabled = true;
      const answer = await call(`${this.data.urls.api_runs}${this.run.id}/`, { method: "DELETE" });
      if (!answer.ok && answer.status !== 409) { this.notice(this.refusal(answer), true); $("stop").disabled = false; }
    });
    for (const button of document.querySelectorAll("#chaos button")) button.addEventListener("click", () => this.command(button));
    for (const button of document.querySelectorAll(".panes button")) button.addEventListener("click", () => this.pane(button.value));
    $("share").addEventListener("click", () => this.share());
    $("save-json").addEventListener("click", () => save(`${this.data.slug}-trace.json`, this.view.model.events));
    $("save-chrome").addEventListener("click", () => save(`${this.data.slug}-perfetto.json`, chromeTrace(this.view.model, this.data.title)));
  }

  async command(button) {
    const { action, target } = button.dataset;
    const answer = await call(`${this.data.urls.api_runs}${this.run.id}/commands/`, { method: "POST", body: { action, target } });
    const said = $("chaos-said");
    said.textContent = answer.ok ? say("command.sent", { what: button.textContent.trim() }) : answer.status === 409 ? say("refused.409") : this.refusal(answer);
    clearTimeout(this.unsaid);
    this.unsaid = setTimeout(() => { said.textContent = ""; }, 4000);
  }

  async share() {
    const said = $("share-said");
    if (!this.run?.id) { said.textContent = say("run.none"); return; }
    const url = new URL(`${this.data.urls.runs}${this.run.id}/`, location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      said.textContent = say("copied");
    } catch {
      said.textContent = say("copy-failed", { url });
    }
  }
}

window.bench = new Bench(JSON.parse($("bench-data").textContent));

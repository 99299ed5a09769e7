// The bench: starts runs, follows them, and hands what they say to the panes.
import { call } from "./api.js";
import { buttons, notice, refusal, sayState, setBusy, setCommands, showPane } from "./bench-page.js";
import { chromeTrace, save } from "./download.js";
import { Editor } from "./editor.js";
import { find, need, written } from "./elements.js";
import { Announcer, Checks, Selected, showMeasures, showOutcome } from "./inspector.js";
import { Knobs } from "./knobs.js";
import { Prediction } from "./prediction.js";
import { showNext } from "./next-steps.js";
import { showQuizPredictions } from "./quiz-predictions.js";
import { RunCommands } from "./run-commands.js";
import { Splits } from "./splits.js";
import { LiveFeed } from "./live-feed.js";
import { TraceView } from "./trace-view.js";
import { say } from "./words.js";

const WAITS = new Set(["queued", "starting"]);

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

class Bench {
  /** @type {Api.Run | null} */
  run = null;
  /** @type {LiveFeed | null} */
  stream = null;
  #holding = false; // the connection is lost, or the tab hidden
  #saidAt = 0; // ms, when the line of state last said how far behind it is
  #place = 0; // in the queue, as last announced

  /** @param {Api.Bench} data */
  constructor(data) {
    this.data = data;
    this.selected = new Selected((key) => this.view.select(key));
    this.view = new TraceView(
      data, { onSelect: (execution) => this.selected.show(execution, this.view.model, this.view.player.t) },
    );
    this.announcer = new Announcer();
    this.checks = new Checks(data, (seqs) => { this.pane("trace"); this.view.light(seqs); });
    this.editor = new Editor(data, { run: () => this.start(), back: () => this.knobs.goBack() });
    this.knobs = new Knobs(data, this.editor.drafts);
    this.prediction = new Prediction(data);
    this.splits = new Splits();
    this.commands = new RunCommands(data, () => this.run?.id ?? null);
    this.#listen();
    this.open();
  }

  /** @param {string} id */
  #address(id) { return `${this.data.urls.api_runs}${id}/`; }

  /**
   * What the page opens with: the run that it is of, the learner's last one, or a recording where nothing can
   * run.
   */
  async open() {
    sayState("idle", say("run.none"));
    if (!this.data.run) showQuizPredictions("", this.data);
    if (this.data.run) { await this.follow(this.data.run); return; }
    if (["recording", "off"].includes(this.data.sandbox.state)) await this.recording();
  }

  async recording() {
    const response = await call(this.data.urls.recording);
    if (!response.ok) { notice(refusal(response), { bad: true, again: () => this.recording() }); return; }
    this.view.load(response.body);
    sayState("done", say("run.recording"));
  }

  // a run ----------------------------------------------------------------------------------
  async start() {
    const button = find("run");
    if (!(button instanceof HTMLButtonElement) || button.disabled) return;
    setBusy(this.data, true);
    notice("");
    this.editor.keep();
    if (!await this.prediction.settled()) { setBusy(this.data, false); return; }
    sayState("starting", say("run.posting"));
    const prediction = this.prediction.next;
    const body = { files: this.editor.changed(), knobs: this.knobs.values(), prediction };
    const response = await this.commands.start(body);
    if (!response.ok) {
      setBusy(this.data, false);
      sayState("lost", say("run.not-started"));
      notice(refusal(response), { bad: true, again: () => this.start() });
      return;
    }
    this.prediction.use(prediction);
    this.pane("trace");
    await this.follow(response.body.id, { status: "queued", prediction });
  }

  /**
   * Follow a run from wherever it is to its end.
   * @param {string} id
   * @param {Omit<Api.Run, "id"> | null} known
   */
  async follow(id, known = null) {
    this.stream?.close();
    let run = this.run = { id, status: "", ...known };
    this.selected.show(null, null, 0);
    this.checks.waiting();
    showOutcome(null, this.data);
    showMeasures(null, this.data);
    showNext(null, this.data);
    if (!known) {
      const response = await call(this.#address(id));
      if (!response.ok) {
        sayState("lost", say("run.not-found"));
        setBusy(this.data, false);
        notice(refusal(response), { bad: true, again: () => this.follow(id) });
        return;
      }
      run = this.run = response.body;
    }
    this.prediction.show(run.prediction, null);
    const next = find("predict-next");
    if (next instanceof HTMLDetailsElement) next.open = false;
    if (run.status === "ended") { await this.replay(run); return; }
    this.view.clear({ live: true });
    setBusy(this.data, true);
    this.stream = new LiveFeed(`${this.#address(id)}events/`, {
      events: (events) => this.heard(run, events),
      state: (state) => this.connection(state),
      closed: (again) => this.look(id, again),
      placed: (place) => this.placed(run, place),
      end: () => this.ended(id),
    });
    if (run.status === "running") this.running(run);
    else sayState("starting", say("run.queued"));
  }

  /** @param {Api.Run} run @param {Trace.Raw[]} events */
  heard(run, events) {
    this.view.add(events);
    for (const event of events) {
      this.announcer.hear(event, this.view.model);
      if (event.kind === "run-started") this.running(run);
      if (event.kind === "run-requeued") {
        run.status = "queued";
        setCommands(false);
        sayState("starting", say(event.data?.alone ? "run.alone" : "run.requeued"));
      }
    }
    const now = Date.now();
    if (run.status !== "running" || this.#holding || now - this.#saidAt <= 1000) return;
    const late = this.view.player.behind(this.view.model.t);
    this.#saidAt = now;
    sayState("live", late > 250 ? say("run.behind", { ms: late }) : say("run.live"));
  }

  /** @param {Api.Run} run */
  running(run) {
    run.status = "running";
    setCommands(true);
    sayState("live", say("run.live"));
  }

  /** @param {"open" | "lost" | "resumed" | "hidden"} state */
  connection(state) {
    if (state === "open") return;
    this.#holding = state !== "resumed";
    if (state === "lost") sayState("starting", say("run.lost-connection"));
    if (state === "hidden") sayState("idle", say("run.hidden"));
    if (state === "resumed") { sayState("live", say("run.resumed")); this.#saidAt = Date.now() + 1500; }
  }

  /**
   * The stream was refused: has the run ended meanwhile, or is the server away?
   * @param {string} id
   * @param {() => void} again
   */
  async look(id, again) {
    const { ok, body } = await call(this.#address(id));
    if (ok && body.status === "ended") { this.stream?.close(); await this.ended(id); return; }
    again();
  }

  /**
   * The run waits: say where in the queue it is.
   * @param {Api.Run} run
   * @param {number} place 0 when a runner has taken it
   */
  placed(run, place) {
    if (this.run !== run || !WAITS.has(run.status)) return;
    run.status = place ? "queued" : "starting";
    if (place && place !== this.#place) this.announcer.say(say("announce.queue", { n: place }));
    this.#place = place;
    const words = place > 1 ? say("run.position", { n: place }) : say("run.queued");
    sayState("starting", place ? words : say("run.starting"));
  }

  /** @param {string} id */
  async ended(id) {
    sayState("starting", say("run.ending"));
    setCommands(false);
    for (let i = 0; i < 6; i += 1) {
      const { ok, body } = await call(this.#address(id));
      if (this.run?.id !== id) return;
      if (ok && body.status === "ended") { this.run = body; break; }
      await pause(300 * (i + 1));
    }
    this.view.finish();
    if (this.run) this.judged(this.run, true);
  }

  /** @param {Api.Run} run */
  async replay(run) {
    const response = await call(`${this.#address(run.id)}events/`), { ok, body } = response;
    const at = Number(new URLSearchParams(location.search).get("t")), has = ok && body?.length;
    if (has) this.view.load(body, at ? { at } : {});
    this.judged(run, false);
    if (!ok) notice(refusal(response), { bad: true, again: () => this.replay(run) });
    else if (!has) notice(say("run.no-trace"));
  }

  /** @param {Api.Run} run @param {boolean} live did the page see it end? */
  judged(run, live) {
    const { data } = this, checks = run.checks ?? [], words = say(`outcome.${run.outcome}`);
    setBusy(data, false);
    this.checks.show(checks);
    this.prediction.show(run.prediction, run.measures ?? {});
    showOutcome(run, data, (file, line) => { this.pane("code"); this.editor.show(file, line); });
    showMeasures(run, data);
    showNext(run, data);
    showQuizPredictions(run.id, data);
    sayState(
      "done", live ? say(`ended.${run.outcome}`, { wall: data.wall }) : say("run.replay", { outcome: words }),
    );
    if (!live) return;
    const passed = checks.filter((check) => check.verdict === "passed").length;
    this.announcer.say(
      checks.length
        ? say("announce.ended", { words, passed, of: checks.length })
        : say("announce.ended-plain", { words }),
    );
    if (run.outcome === "error") this.pane("inspect");
  }

  // controls -------------------------------------------------------------------------------
  /** @param {string} name */
  pane(name) {
    if (name === "inspect") this.splits.openInspector();
    if (showPane(name) && name === "trace") this.view.timeline.layout();
  }

  #listen() {
    need("bench-form", HTMLFormElement).addEventListener("submit", (event) => {
      if (event.submitter && "native" in event.submitter.dataset) return;
      event.preventDefault();
      if (event.submitter) this.start();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
        event.preventDefault();
        this.start();
      }
    });
    /** @type {[id: string, act: () => void][]} */
    const actions = [
      ["save-json", () => save(`${this.data.slug}-trace.json`, this.view.model.events)],
      [
        "save-chrome",
        () => save(`${this.data.slug}-perfetto.json`, chromeTrace(this.view.model, this.data.title)),
      ],
    ];
    for (const [id, act] of actions) find(id)?.addEventListener("click", act);
    for (const button of buttons(".panes button")) {
      button.addEventListener("click", () => this.pane(button.value));
    }
  }
}

Object.assign(window, { bench: new Bench(written("bench-data")) });

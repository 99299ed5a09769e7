// What a learner does to a run under way: start it, stop it, give commands, pass its address on. Every
// request that fails says so beside its button and offers to try again.
import { call, newKey } from "./api.js";
import { buttons, notice, refusal, sayState, setStop, tryAgain } from "./bench-page.js";
import { fadeEdges, find, need } from "./elements.js";
import { say } from "./words.js";

/**
 * The key by which the server knows a request that it has had: the same until another is sent or one has
 * arrived.
 */
class RequestKey {
  #text = "";
  #key = "";

  /** @param {unknown} body */
  of(body) {
    const text = JSON.stringify(body);
    if (text !== this.#text || !this.#key) this.#key = newKey();
    this.#text = text;
    return this.#key;
  }

  used() { this.#key = ""; }
}

export class RunCommands {
  #key = new RequestKey();
  #unsay = 0;

  /**
   * @param {Api.Bench} data
   * @param {() => string | null} run the id of the run that is shown
   */
  constructor(data, run) {
    this.data = data;
    this.run = run;
    find("stop")?.addEventListener("click", () => this.stop());
    find("share")?.addEventListener("click", () => this.share());
    const row = document.querySelector(".chaos-row");
    if (row instanceof HTMLElement) fadeEdges(row);
    for (const button of buttons("#chaos button[data-action]")) {
      button.addEventListener("click", () => this.command(button));
    }
  }

  /** @param {string} id */
  #address(id) { return `${this.data.urls.api_runs}${id}/`; }

  /**
   * @param {unknown} body a request that got no response is sent again under the same key, so that it starts
   *   one run
   */
  async start(body) {
    const response = await call(this.data.urls.api_start, {
      method: "POST", body, headers: { "Idempotency-Key": this.#key.of(body) },
    });
    if (response.ok) this.#key.used();
    return response;
  }

  async stop() {
    const id = this.run();
    if (!id) return;
    sayState("starting", say("run.stopping"));
    setStop(false);
    const response = await call(this.#address(id), { method: "DELETE" });
    if (response.ok || response.status === 409) return;
    sayState("live", say("run.live"));
    notice(refusal(response), { bad: true, again: () => this.stop() });
    setStop(true);
  }

  /** @param {HTMLButtonElement} button */
  async command(button) {
    const id = this.run();
    if (!id) return;
    const { action, target } = button.dataset, said = need("chaos-said", HTMLElement);
    const what = button.textContent.trim();
    clearTimeout(this.#unsay);
    said.textContent = say("command.sending", { what });
    const response = await call(`${this.#address(id)}commands/`, {
      method: "POST", body: { action, target },
    });
    said.classList.toggle("is-bad", !response.ok);
    said.textContent = response.ok
      ? say("command.sent", { what })
      : response.status === 409 ? say("refused.409")
      : `${what}: ${refusal(response)} `;
    if (!response.ok && response.status !== 409) said.append(tryAgain(() => this.command(button)));
    else this.#unsay = setTimeout(() => {
      said.classList.remove("is-bad");
      said.textContent = say("command.hint");
    }, 5000);
  }

  async share() {
    const said = need("share-said", HTMLElement), id = this.run();
    if (!id) { said.textContent = say("run.none"); return; }
    const url = new URL(`${this.data.urls.runs}${id}/`, location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      said.textContent = say("copied");
    } catch {
      said.textContent = say("copy-failed", { url });
    }
  }
}

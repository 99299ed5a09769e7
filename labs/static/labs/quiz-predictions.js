// What was predicted in a quiz about the runs of this lab, above the outcome. It comes from the server.
import { find, need } from "./elements.js";

/**
 * @param {string} run the id of the run that the page shows, "" before the first
 * @param {Api.Bench} data
 */
export async function showQuizPredictions(run, data) {
  if (!data.owner || !data.learner) return;
  let panel;
  try {
    const response = await fetch(`${data.urls.predictions}?run=${run}`, { credentials: "same-origin" });
    panel = new DOMParser().parseFromString(response.ok
      ? await response.text()
      : "", "text/html").getElementById("quiz-predictions");
  } catch { return; } // the rest of the page says that the server is away
  find("quiz-predictions")?.remove();
  if (panel) need("outcome", HTMLElement).before(panel);
}

// After a pass: what to do next, under the outcome. It comes from the server when it is needed.
import { find, need } from "./elements.js";
import { gapInWords } from "./prediction.js";

/**
 * @param {Api.Run | null} run
 * @param {Api.Bench} data
 */
export async function showNext(run, data) {
  find("next")?.remove();
  if (!run || run.outcome !== "passed" || !data.owner) return;
  let panel;
  try {
    const response = await fetch(data.urls.next, { credentials: "same-origin" });
    panel = new DOMParser().parseFromString(response.ok
      ? await response.text()
      : "", "text/html").getElementById("next");
  } catch { return; } // the rest of the page says that the server is away
  if (!panel || find("next")) return;
  need("outcome", HTMLElement).append(panel);
  const compare = find("next-compare"), graded = need("next-prediction", HTMLElement);
  if (compare instanceof HTMLAnchorElement) compare.href = `${data.urls.solution}?run=${run.id}`;
  const measure = data.measures.find((one) => one.id === run.prediction?.measure);
  const you = run.prediction?.value;
  if (!measure || typeof you !== "number") return;
  graded.hidden = false;
  graded.textContent = gapInWords(you, run.measures?.[measure.id] ?? null, measure.unit);
}

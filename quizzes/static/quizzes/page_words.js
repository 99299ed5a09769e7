// The sentences that the template wrote for scripts, and whose page it is:
// templates/quizzes/script_sentences.html.
/** @returns {DOMStringMap} */
export function words() {
  const region = document.querySelector("[data-quiz-said]");
  return region instanceof HTMLElement ? region.dataset : {};
}

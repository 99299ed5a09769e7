// What the page counts: the line of steps, how many questions are answered, and what the hand-in leaves out.

/**
 * Show the counts that came with a save.
 * @param {string} html parts of the page, each with the id of the part that it replaces
 */
export function showCounts(html) {
  for (const part of new DOMParser().parseFromString(html, "text/html").querySelectorAll("body > [id]")) {
    const old = document.getElementById(part.id);
    // The focus would be lost with the part that has it.
    if (old && !old.contains(document.activeElement)) old.replaceWith(part);
  }
}

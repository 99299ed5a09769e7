// Every sentence that a script shows comes from the page, so that it is translated where the templates are.
import { Catalogue } from "./catalogue.js";
import { written } from "./elements.js";

export { asFine, exact, fixed, trim } from "./catalogue.js";

const catalogue = new Catalogue(written("bench-words") ?? {}, document.documentElement.lang || "en");

/**
 * @param {string} key
 * @param {Page.Values} values
 */
export const say = (key, values = {}) => catalogue.say(key, values);

/**
 * A state in words, as everywhere on the site.
 * @param {string} state
 */
export const stateWord = (state) => say(`state.${state}`);

// A catalogue of sentences in one language. Pure.

export class Catalogue {
  #plural;

  /**
   * @param {Record<string, string>} sentences by key
   * @param {string} language a BCP 47 tag
   */
  constructor(sentences, language) {
    this.sentences = sentences;
    this.#plural = new Intl.PluralRules(language);
  }

  /**
   * The sentence named `key`, with `{name}` replaced; `n` chooses between `key.one`, `key.other` and what
   * else the language has. A key without a sentence is its own sentence.
   * @param {string} key
   * @param {Page.Values} values
   */
  say(key, values = {}) {
    const { sentences } = this, { n } = values;
    const chosen = n === undefined
      ? undefined
      : sentences[`${key}.${this.#plural.select(Number(n))}`] ?? sentences[`${key}.other`];
    const text = chosen ?? sentences[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }
}

/**
 * A number with so many digits after its point.
 * @param {number} value
 */
export const fixed = (value, digits = 2) => Number(value).toFixed(digits);

/**
 * A number without the zeros at its end, at most two digits after its point.
 * @param {number | string} n
 */
export const trim = (n) => String(+Number(n).toFixed(2));

/**
 * A number as it was typed: no digit of it is lost.
 * @param {number} value
 */
export const exact = (value) => String(+value.toPrecision(12));

/**
 * A measured number with as many decimals as the prediction has, and with two at least: it is equal only
 * where it is.
 * @param {number} found
 * @param {number} predicted
 */
export const asFine = (found, predicted) =>
  String(+found.toFixed(Math.max(2, Math.min(12, exact(predicted).split(".")[1]?.length ?? 0))));

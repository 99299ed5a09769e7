// The room that words take in the plot, so that no two lie on each other. Pure but for hiding what has no
// room.
import { show } from "../elements.js";
import { CHAR } from "./geometry.js";

const SANS = 6.1; // width of a character at 11.5 px, on the safe side
const HEIGHT = 12;

/** Who keeps its place: what is higher. Of two alike the first, of two deaths the later. */
export const RANK = { death: 5, hold: 4, span: 3, note: 2, sample: 1 };

/**
 * @typedef {object} Words
 * @property {SVGElement} node
 * @property {number} x where they begin, or end with `anchor` "end", px
 * @property {number} y of their base line, px
 * @property {string} text
 * @property {number} rank
 * @property {string} tag what is drawn anew together
 * @property {boolean} [mono]
 * @property {"start" | "middle" | "end"} [anchor]
 */
/** @typedef {{ left: number, right: number, bottom: number, words: Words }} Box */

/** @param {Words} words @returns {Box} */
function boxOf(words) {
  const width = words.text.length * (words.mono ? CHAR : SANS) + 3;
  const left = words.x - (words.anchor === "end" ? width : words.anchor === "middle" ? width / 2 : 0);
  return { left, right: left + width, bottom: words.y + 3, words };
}

export class LabelRoom {
  /** @type {Box[]} */
  #boxes = [];

  /** @param {string} tag */
  forget(tag) { this.#boxes = this.#boxes.filter((box) => box.words.tag !== tag); }

  /**
   * Take the room, and hide what has to give way for it; without room the words are hidden.
   * @param {Words} words
   */
  claim(words) {
    if (!words.text) return false;
    const box = boxOf(words), there = this.#boxes.filter((other) => meet(box, other));
    const wins = there.every(
      ({ words: { rank } }) => rank < words.rank || (rank === words.rank && rank === RANK.death),
    );
    show(words.node, wins);
    if (!wins) return false;
    for (const other of there) show(other.words.node, false);
    this.#boxes = [...this.#boxes.filter((other) => !there.includes(other)), box];
    return true;
  }

  /**
   * Is there room as things are?
   * @param {Words} words
   */
  has(words) { return !this.#boxes.some((other) => meet(boxOf(words), other)); }
}

/** @param {Box} a @param {Box} b */
const meet = (a, b) => a.left < b.right && b.left < a.right && Math.abs(a.bottom - b.bottom) < HEIGHT;

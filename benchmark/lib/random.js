'use strict'

/**
 * Numbers that look random and are the same ones for a seed (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number} from 0 to 1
 */
function uniform(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Normally distributed with a deviation of 1, from uniform ones (Box-Muller). */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** A whole number from `low` to `high`. */
function between(random, low, high) {
  return low + Math.floor(random() * (high - low + 1))
}

/** A seed made of a text, so that each program has traffic of its own. */
function seedOf(text, seed = 0) {
  let hash = seed | 0
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.codePointAt(0)) | 0
  return hash
}

module.exports = { between, normal, seedOf, uniform }

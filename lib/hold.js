'use strict'

/** Longest delay of setTimeout. */
const FOREVER_MS = 2 ** 31 - 1

/**
 * Keeps the process alive, and `object` from being collected, until it is released.
 *
 * @param {object} object
 * @returns {() => void} releases it
 */
function hold(object) {
  const timer = setTimeout(() => object, FOREVER_MS)
  return () => clearTimeout(timer)
}

module.exports = { hold }

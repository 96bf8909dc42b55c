'use strict'

/** setTimeout's longest. */
const FOREVER_MS = 2 ** 31 - 1

/**
 * Keeps the process alive, and `object` from being collected, until it is let go.
 *
 * @param {object} object
 * @returns {() => void} lets go
 */
function hold(object) {
  const timer = setTimeout(() => object, FOREVER_MS)
  return () => clearTimeout(timer)
}

module.exports = { hold }

'use strict'

/** Looks with node-memwatch: one HeapDiff over all rounds, and its 'leak' events. */

async function begin({ memwatch }) {
  const { HeapDiff } = require(memwatch)
  const before = new HeapDiff()
  return {
    async look() {},
    async end() {
      const { change } = before.end()
      const details = change.details
        .filter(({ size_bytes: bytes }) => bytes > 0)
        .sort((a, b) => b.size_bytes - a.size_bytes)
        .slice(0, 5)
        .map(({ what, size_bytes: bytes, '+': added }) => ({ what, bytes, added }))
      return { details }
    }
  }
}

module.exports = { begin }

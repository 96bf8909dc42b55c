'use strict'

/** Figures of the event loop for the account of the memory (`LoopFigures` in src/report/memory.rs). */

const v8 = require('node:v8')

/** Node lists every handle by name: 0.7 ms for 10,000 sockets. So it may take one part in so many of the time. */
const RARITY = 10_000

class LoopFigures {
  #handles = []
  /** When handles are counted again. */
  #dueAt = 0
  #list
  #now

  /** @param {{ list?: () => string[], now?: () => number }} [parts] replaced by tests */
  constructor({ list, now } = {}) {
    this.#list = list ?? (() => process.getActiveResourcesInfo())
    this.#now = now ?? (() => performance.now())
  }

  /** Returns the figures now. The handles may be those of an earlier call. */
  take() {
    const now = this.#now()
    if (now >= this.#dueAt) {
      this.#handles = counted(this.#list())
      const took = this.#now() - now
      this.#dueAt = now + took * RARITY
    }
    return { spaces: spaces(), handles: this.#handles }
  }
}

/** Counts names, most first. */
function counted(names) {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count)
}

/** Returns V8's figures of its heap. */
function spaces() {
  return v8.getHeapSpaceStatistics().map((space) => ({
    name: space.space_name,
    usedBytes: space.space_used_size,
    committedBytes: space.space_size,
    freeBytes: Math.max(0, space.space_size - space.space_used_size)
  }))
}

module.exports = { LoopFigures }

'use strict'

/**
 * The floor of the process's heap.
 *
 * Used heap alone says little: it rises until the collector runs. What is left
 * right after a major collection is what the program holds on to. The lowest
 * of that within a window is the floor, and a leak is what makes it rise.
 */

const { PerformanceObserver, constants } = require('node:perf_hooks')
const { memoryUsage } = require('./memory-usage')

class MemoryFloor {
  #lowest = Number.POSITIVE_INFINITY
  #observer

  constructor() {
    // Reached weakly: an observer is kept alive by Node, and must not keep us.
    const self = new WeakRef(this)
    this.#observer = new PerformanceObserver((list) => {
      const major = list.getEntries().some(({ detail }) => {
        return detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
      })
      if (major) self.deref()?.sample()
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** Takes the used heap into account as it is now. */
  sample() {
    this.#lowest = Math.min(this.#lowest, memoryUsage().heapUsed)
  }

  /** The lowest used heap since the last reset, in bytes. */
  get bytes() {
    this.sample()
    return this.#lowest
  }

  /** Begins a new window. */
  reset() {
    this.#lowest = Number.POSITIVE_INFINITY
  }

  stop() {
    this.#observer.disconnect()
  }
}

module.exports = { MemoryFloor }

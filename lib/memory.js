'use strict'

/**
 * The floor of the process's memory.
 *
 * Used memory alone says little: it rises until the collector runs. What is left
 * right after a major collection is what the program holds on to: the floor. A
 * leak is what makes it rise.
 */

const { PerformanceObserver, constants } = require('node:perf_hooks')
const { memoryUsage } = require('./memory-usage')

class MemoryFloor {
  #lowestHeap = Number.POSITIVE_INFINITY
  #lowestKept = null
  #observer

  constructor() {
    // Reached weakly: an observer is kept alive by Node, and must not keep us.
    const self = new WeakRef(this)
    this.#observer = new PerformanceObserver((list) => {
      const major = list.getEntries().some(({ detail }) => {
        return detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
      })
      if (major) self.deref()?.collected(memoryUsage())
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** A major collection left this much. */
  collected(usage) {
    this.#lowestHeap = Math.min(this.#lowestHeap, usage.heapUsed)
    this.#lowestKept = Math.min(this.#lowestKept ?? Number.POSITIVE_INFINITY, inUse(usage))
  }

  /** The lowest used heap since the last reset, in bytes; for reports. */
  get bytes() {
    this.#lowestHeap = Math.min(this.#lowestHeap, memoryUsage().heapUsed)
    return this.#lowestHeap
  }

  /**
   * What was seen since the last look, for the gate: each look begins anew, or
   * growth since would be held against the lowest that ever was.
   *
   * @returns {import('./gate').Look}
   */
  look() {
    const keptBytes = this.#lowestKept
    this.#lowestKept = null
    return { keptBytes, usedBytes: inUse(memoryUsage()) }
  }

  /** A capture was taken: `bytes` begins anew. */
  reset() {
    this.#lowestHeap = Number.POSITIVE_INFINITY
  }

  stop() {
    this.#observer.disconnect()
  }
}

/** The heap, and what its objects keep outside of it, such as buffers. */
function inUse({ heapUsed, external }) {
  return heapUsed + external
}

module.exports = { MemoryFloor }

'use strict'

/**
 * Records the data that only the page needs: memory over time, the latest rounds,
 * and earlier leaks. Everything is bounded.
 */

const { memoryUsage } = require('../memory-usage')
const { Rounds } = require('./rounds')
const { Samples } = require('./samples')

/** Maximum number of leaks shown that no longer grow. */
const MAX_EARLIER = 16

/** Samples between two rounds, within the bounds below, which limit the cost. */
const SAMPLES_PER_ROUND = 12
const SHORTEST_STEP_MS = 500
const LONGEST_STEP_MS = 5000

class History {
  #stepMs
  #samples = null
  #timer = null
  #floor = null
  #rounds = new Rounds()
  #lastCheck = null
  /** The last report of each leak that the last check no longer has. */
  #earlier = new Map()
  /** Changes with every round, so that a page knows when to request everything. */
  #revision = 0

  /** @param {number} intervalMs between two rounds */
  constructor(intervalMs) {
    const step = Math.round(intervalMs / SAMPLES_PER_ROUND)
    this.#stepMs = Math.max(SHORTEST_STEP_MS, Math.min(LONGEST_STEP_MS, step))
  }

  get revision() {
    return this.#revision
  }

  /** The last round with a verdict. */
  get lastCheck() {
    return this.#lastCheck
  }

  /** @param {{ kept(heapUsedBytes: number): number }} floor lib/memory.js */
  start(floor) {
    this.#floor = floor
    this.#samples = new Samples()
    this.sample()
    // Weak, because Node keeps the timer alive, and the timer must not keep this object alive.
    const self = new WeakRef(this)
    const timer = setInterval(() => {
      const history = self.deref()
      if (history === undefined) clearInterval(timer)
      else history.sample()
    }, this.#stepMs)
    timer.unref()
    this.#timer = timer
  }

  stop() {
    clearInterval(this.#timer)
    this.#revision += 1
  }

  /** Takes one sample now. */
  sample() {
    const usage = memoryUsage()
    this.#samples.add({
      at: Date.now(),
      floorBytes: this.#floor.kept(usage.heapUsed),
      heapUsedBytes: usage.heapUsed,
      externalBytes: usage.external,
      rssBytes: usage.rss
    })
  }

  /** @param {object} report a CheckReport with a verdict */
  checked(report) {
    this.#rounds.checked(report)
    this.#compareWithLast(report)
    this.#lastCheck = report
    this.#revision += 1
  }

  /** @param {object} skip a SkipReport */
  skipped(skip) {
    this.#rounds.skipped(skip)
    this.#revision += 1
  }

  /** Returns everything, JSON-safe. */
  figures() {
    return {
      memory: this.#samples && {
        stepMs: this.#stepMs,
        recent: this.#samples.recent(),
        whole: this.#samples.whole()
      },
      rounds: this.#rounds.list(),
      earlier: [...this.#earlier.values()].reverse()
    }
  }

  /** Returns samples taken after `after` (milliseconds since the epoch); null before start(). */
  samplesAfter(after) {
    return this.#samples?.recent(after) ?? null
  }

  #compareWithLast(report) {
    const present = new Set([...report.leaks, ...report.suspects].map(({ id }) => id))
    for (const id of present) this.#earlier.delete(id)
    for (const leak of this.#lastCheck?.leaks ?? []) {
      if (!present.has(leak.id)) {
        this.#earlier.set(leak.id, { lastSeenAt: this.#lastCheck.at, leak })
      }
    }
    for (const id of this.#earlier.keys()) {
      if (this.#earlier.size <= MAX_EARLIER) break
      this.#earlier.delete(id)
    }
  }
}

module.exports = { History, MAX_EARLIER }

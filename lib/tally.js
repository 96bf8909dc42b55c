'use strict'

/** Counts rounds, events and pauses for status(). Bounded: one entry per skip code. */
class Tally {
  #startedAt = null
  #rounds = 0
  #captures = 0
  #leaks = 0
  #resolved = 0
  #pauseMs = 0
  #skips = {}
  #lastCheck = null

  started() {
    this.#startedAt = new Date().toISOString()
  }

  /** Counts a round that has ended. */
  ended(report) {
    this.#rounds += 1
    if (report.snapshot !== null) this.#captures += 1
    this.#pauseMs += report.cost?.pauseMs ?? 0
    if (report.verdict !== 'skipped') this.#lastCheck = report
  }

  /** Counts a `leak` event. */
  leaked() {
    this.#leaks += 1
  }

  /** Counts a `resolved` event. */
  resolved() {
    this.#resolved += 1
  }

  skipped(code) {
    this.#skips[code] = (this.#skips[code] ?? 0) + 1
  }

  figures() {
    return {
      startedAt: this.#startedAt,
      rounds: this.#rounds,
      captures: this.#captures,
      leaks: this.#leaks,
      resolved: this.#resolved,
      pauseMs: this.#pauseMs,
      skips: { ...this.#skips },
      lastCheck: this.#lastCheck
    }
  }
}

module.exports = { Tally }

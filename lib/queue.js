'use strict'

/**
 * Runs rounds one at a time.
 *
 * A request during a round waits for the next one, because the running round may
 * already have taken its snapshot. All requests that wait share that round, so that a
 * hundred requests do not cost a hundred captures. The shared round has the strongest
 * of their reasons.
 */

/** Reasons, weakest first. */
const REASONS = ['interval', 'last-chance', 'signal', 'check']

class RoundQueue {
  #run
  #current = null
  #next = null
  #nextReason = null

  /** @param {(reason: string) => Promise<unknown>} run one round; must not reject */
  constructor(run) {
    this.#run = run
  }

  get busy() {
    return this.#current !== null || this.#next !== null
  }

  /** Requests a round that starts now or after the running one. Resolves when it ends. */
  request(reason) {
    if (this.#next !== null) {
      this.#nextReason = stronger(reason, this.#nextReason)
      return this.#next
    }
    if (this.#current === null) return this.#begin(reason)
    this.#nextReason = reason
    this.#next = this.#current.then(() => this.#begin(this.#nextReason))
    return this.#next
  }

  #begin(reason) {
    this.#next = null
    this.#current = this.#run(reason).finally(() => {
      this.#current = null
    })
    return this.#current
  }
}

function stronger(a, b) {
  return REASONS.indexOf(a) > REASONS.indexOf(b) ? a : b
}

module.exports = { RoundQueue }

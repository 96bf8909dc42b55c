'use strict'

/**
 * Runs rounds one at a time.
 *
 * Who asks during a round waits for the next one, and shares it with all who
 * ask meanwhile: the running round may have taken its snapshot before what the
 * asker wants to see, and a hundred askers must not cost a hundred captures. A
 * shared round has the strongest of the reasons for which it was asked.
 */

/** Weakest first. */
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

  /** The end of a round that begins now or after the running one. */
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

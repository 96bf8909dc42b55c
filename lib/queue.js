'use strict'

/**
 * Runs rounds one at a time.
 *
 * Who asks during a round waits for the next one, and shares it with all who
 * ask meanwhile: the running round may have taken its snapshot before what the
 * asker wants to see, and a hundred askers must not cost a hundred captures.
 */
class RoundQueue {
  #run
  #current = null
  #next = null

  /** @param {(reason: string) => Promise<unknown>} run one round; must not reject */
  constructor(run) {
    this.#run = run
  }

  get busy() {
    return this.#current !== null || this.#next !== null
  }

  /** The end of a round that begins now or after the running one. */
  request(reason) {
    if (this.#next !== null) return this.#next
    if (this.#current === null) return this.#begin(reason)
    this.#next = this.#current.then(() => this.#begin(reason))
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

module.exports = { RoundQueue }

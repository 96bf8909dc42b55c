'use strict'

/**
 * What a day's captures may cost: processor time of children and of seep's own
 * thread. An account that fills evenly over the day, up to one day's worth: a
 * capture may overdraw it, and the next waits until it is even again.
 */

const DAY_MS = 24 * 60 * 60 * 1000

class Spending {
  #perDayMs
  #now
  #balanceMs
  #at

  /**
   * @param {number} perDayMs
   * @param {() => number} [now] milliseconds of a clock that never goes back
   */
  constructor(perDayMs, now = () => performance.now()) {
    this.#perDayMs = perDayMs
    this.#now = now
    this.#balanceMs = perDayMs
    this.#at = now()
  }

  /** What may be spent now; negative when too much was. */
  get balanceMs() {
    const now = this.#now()
    const earned = ((now - this.#at) / DAY_MS) * this.#perDayMs
    this.#balanceMs = Math.min(this.#perDayMs, this.#balanceMs + earned)
    this.#at = now
    return this.#balanceMs
  }

  /** @param {object | null} cost of a report: a round that took no snapshot has none */
  charge(cost) {
    if (cost === null) return
    // In-process, V8 writes in the pause. Where the system does not tell, time must do.
    const capture = cost.child?.cpuMs ?? cost.pauseMs
    this.#balanceMs = this.balanceMs - capture - (cost.analysisCpuMs ?? cost.analysisMs)
  }
}

module.exports = { Spending }

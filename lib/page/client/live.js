'use strict'

/* global location */

/**
 * Polls the process for updates while the page is visible.
 *
 * It uses short requests rather than a stream, so no open connection delays the end
 * of the process or its server, and no proxy can hold the data back.
 */

const STEP_MS = 2500
const CHECKING_STEP_MS = 700
const LONGEST_STEP_MS = 30_000

/** Returns a URL relative to the page, whatever path a proxy has given it. */
function address(query) {
  return `${location.pathname}?${query}`
}

class Live {
  #settings
  #on
  #timer = null
  #failures = 0
  #isAsking = false
  #isOver = false

  /**
   * @param {{ token: string, instance: string }} settings
   * @param {{ news(news: object): void, lost(error: string | null): void, query(): string, isChecking(): boolean }} on
   */
  constructor(settings, on) {
    this.#settings = settings
    this.#on = on
    document.addEventListener('visibilitychange', () => this.#arm(0))
    this.#arm(STEP_MS)
  }

  /** Starts a check. @returns {Promise<string | null>} what went wrong */
  async check() {
    try {
      const response = await fetch(address('check'), {
        method: 'POST',
        headers: { 'X-Seep-Token': this.#settings.token },
        credentials: 'same-origin'
      })
      this.#arm(CHECKING_STEP_MS)
      if (response.ok) return null
      const { message } = await response.json().catch(() => ({}))
      return message ?? `The process responded with status ${response.status}.`
    } catch {
      return 'The process is not responding.'
    }
  }

  end() {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #arm(delayMs) {
    clearTimeout(this.#timer)
    if (this.#isOver || document.hidden || this.#isAsking) return
    this.#timer = setTimeout(() => this.#ask(), delayMs)
  }

  async #ask() {
    this.#isAsking = true
    try {
      const response = await fetch(address(`live&${this.#on.query()}`), {
        headers: { Accept: 'application/json' },
        credentials: 'same-origin',
        cache: 'no-store'
      })
      if (!response.ok) throw new Error(`The process responded with status ${response.status}.`)
      const news = await response.json()
      this.#failures = 0
      this.#on.lost(null)
      this.#on.news(news)
    } catch (error) {
      this.#failures += 1
      this.#on.lost(error instanceof TypeError ? 'The process is not responding.' : error.message)
    }
    this.#isAsking = false
    const step = this.#on.isChecking() ? CHECKING_STEP_MS : STEP_MS
    this.#arm(Math.min(LONGEST_STEP_MS, step * 2 ** Math.min(this.#failures, 6)))
  }
}

module.exports = { Live }

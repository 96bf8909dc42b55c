'use strict'

/**
 * Decides whether a process is still starting: it loads its modules, and its heap fills.
 *
 * Captures would be wasted meanwhile, because nearly everything grows. It waits a little longer
 * while modules are loaded than for a rising heap alone: a fast leak rises too.
 *
 * It has no clock and reads nothing: it is given one look per window.
 */

/** A floor that rises by this factor from one window to the next is still being filled. */
const FILLING = 1.1
/** A smaller rise does not count, in bytes. */
const LEAST = 2 ** 20
/** The window in which start-up ends even if the heap rises. */
const LAST_FOR_HEAP = 3
/** The window in which start-up ends in any case. */
const LAST = 5

class StartUp {
  #windows = 0
  #before = null
  #isOver = false

  get isOver() {
    return this.#isOver
  }

  /**
   * Ends a window.
   *
   * @param {{ heap: number, modules: number }} look the floor of the heap in bytes, modules loaded so far
   */
  take({ heap, modules }) {
    if (this.#isOver) return
    this.#windows += 1
    const before = this.#before
    this.#before = { heap, modules }
    if (this.#windows >= LAST) this.#isOver = true
    // A single look shows no trend.
    if (before === null || modules > before.modules) return
    const isFilling = heap > before.heap * FILLING && heap > before.heap + LEAST
    if (!isFilling || this.#windows >= LAST_FOR_HEAP) this.#isOver = true
  }
}

module.exports = { StartUp }

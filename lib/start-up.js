'use strict'

/**
 * Whether a process still starts: loads its modules, and with them fills its heap.
 *
 * Captures taken meanwhile would be wasted, since nearly everything grows. Modules that go on
 * being loaded are waited for a little longer than a heap that rises: a fast leak rises too.
 *
 * Knows no clock and reads nothing: it is shown one look per window.
 */

/** A floor that rises by this factor from one window to the next is still being filled. */
const FILLING = 1.1
/** Less than this is nothing, in bytes. */
const LEAST = 2 ** 20
/** The window in which it is over although the heap rises. */
const LAST_FOR_HEAP = 3
/** The window in which it is over whatever happens. */
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
    // One look says nothing of what goes on.
    if (before === null || modules > before.modules) return
    const isFilling = heap > before.heap * FILLING && heap > before.heap + LEAST
    if (!isFilling || this.#windows >= LAST_FOR_HEAP) this.#isOver = true
  }
}

module.exports = { StartUp }

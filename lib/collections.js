'use strict'

/**
 * Detects whether V8 has run a major collection. Until it has, external memory of
 * garbage objects still counts as used.
 *
 * Only a major collection clears a WeakRef to an old object, so a WeakRef detects it
 * at no cost. (A `PerformanceObserver` for 'gc' would create an entry for each of the
 * many minor collections.)
 */
class Collections {
  /** Held until the next call, when it is old, because some versions of V8 clear WeakRefs to young objects sooner. */
  #held = {}
  #trace = new WeakRef(this.#held)

  /** Returns whether one ran since the previous call. One that soon follows another may be missed. */
  haveRun() {
    if (this.#trace.deref() !== undefined) {
      this.#held = null
      return false
    }
    this.#held = {}
    this.#trace = new WeakRef(this.#held)
    return true
  }
}

module.exports = { Collections }

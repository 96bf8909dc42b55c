'use strict'

/**
 * Whether V8 has run a major collection: until it has, memory outside of the
 * heap whose owners are garbage counts as if it were in use.
 *
 * Only a major collection clears a reference to what is old, so a WeakRef tells
 * for nothing. (A `PerformanceObserver` for 'gc' would cost the program an entry
 * for each of the many minor ones.)
 */
class Collections {
  /** Kept until it is old: some versions of V8 clear references to what is young sooner. */
  #held = {}
  #trace = new WeakRef(this.#held)

  /** Whether one ran since the call before; one that follows soon after another may be missed. */
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

'use strict'

/**
 * Compares a walk with V8's own snapshot on an untested patch release of V8. This happens once per process, in a Worker with
 * a small heap, so that it does not block the program's event loop. This file only starts and ends it; the native part
 * keeps the result (src/detector/trust.rs).
 */

const path = require('node:path')

const WORKER = path.join(__dirname, 'walk-comparison-worker.js')
/** A comparison usually takes a second. It is cancelled on a very busy machine, and V8 continues to write the snapshots. */
const DEADLINE_MS = 30_000
/** Limits of the Worker's heap. It uses 6 MB, and V8's writer needs some more. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }
/** The Worker does not get the program's flags and environment, because a preloaded module could print something. */
const BARE = { argv: [], env: {}, execArgv: [], stdin: false, stdout: true, stderr: true }

/** The comparison that is running in this environment. */
let current = null

class Comparison {
  #worker = null
  #deadline
  #members = 0
  #hasEnded = false
  #why = 'its Worker ended'
  ended

  constructor(binding, given) {
    this.ended = new Promise((resolve) => {
      const end = () => {
        if (this.#hasEnded) return
        this.#hasEnded = true
        clearTimeout(this.#deadline)
        if (current === this) current = null
        // Has no effect if there is a result.
        if (this.#why !== null) binding.comparisonFailed(this.#why)
        resolve()
      }
      try {
        this.#begin(given, end)
      } catch (error) {
        this.#why = error.message
        end()
      }
    })
  }

  join() {
    this.#members += 1
  }

  /** Stops waiting. When nobody waits any more, cancels the comparison, and resolves once it has ended. */
  async leave() {
    this.#members -= 1
    if (this.#members > 0 || this.#hasEnded) return
    this.#giveUp('the detector was stopped')
    await this.ended
  }

  #begin(given, end) {
    if (process.permission?.has('worker') === false) throw new Error('Node lacks --allow-worker')
    // Loaded on demand, because it is rarely needed.
    const { Worker } = require('node:worker_threads')
    const workerData = { ...given, allocations: 'off' }
    const options = { workerData, resourceLimits: LIMITS, name: 'seep', ...BARE }
    const worker = new Worker(WORKER, options)
    this.#worker = worker
    worker.unref()
    worker.once('message', () => {
      this.#why = null
    })
    worker.on('error', ({ message }) => {
      this.#fail(message)
    })
    worker.once('exit', end)
    this.#deadline = setTimeout(() => this.#giveUp('it took too long'), DEADLINE_MS).unref()
  }

  /** Records a failure, unless there is already a result. */
  #fail(why) {
    if (this.#why !== null) this.#why = why
  }

  #giveUp(why) {
    this.#fail(why)
    this.#worker?.terminate()
  }
}

/**
 * @param {object} binding the native part
 * @param {object} given options of a detector, for the Worker
 * @returns {Comparison} the running comparison, which the caller has joined
 */
function joinComparison(binding, given) {
  current ??= new Comparison(binding, given)
  const comparison = current
  comparison.join()
  return comparison
}

/** Returns whether a comparison is running in this environment. */
function isComparing() {
  return current !== null
}

module.exports = { isComparing, joinComparison }

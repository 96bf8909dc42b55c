'use strict'

/**
 * Has a walk compared with V8's own snapshot, where the patch of V8 is one that no test has run on: once in a process, in
 * a Worker whose heap is small, so that nothing of it happens on the event loop of the program. What comes of it is known
 * to the native part (src/detector/trust.rs); here it only begins and ends.
 */

const path = require('node:path')

const WORKER = path.join(__dirname, 'walk-comparison-worker.js')
/** A second is usual. Where a processor is shared by many, or V8 is slow, it is given up: V8's writer goes on. */
const DEADLINE_MS = 30_000
/** The Worker's heap: it has 6 MB, and V8's writer needs some room. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }
/** The program's flags and environment are not for it: what is preloaded could print. */
const BARE = { argv: [], env: {}, execArgv: [], stdin: false, stdout: true, stderr: true }

/** The one that runs for this environment. */
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
        // Does nothing when it has come to something.
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

  /** Whoever waits no longer; with the last one it is given up. Resolves when nothing of it is left, if it was. */
  async leave() {
    this.#members -= 1
    if (this.#members > 0 || this.#hasEnded) return
    this.#giveUp('the detector was stopped')
    await this.ended
  }

  #begin(given, end) {
    if (process.permission?.has('worker') === false) throw new Error('Node lacks --allow-worker')
    // Loaded when it is needed, which is hardly ever.
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

  /** Whatever it came to stands. */
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
 * @param {object} given what the Worker needs: the options of a detector
 * @returns {Comparison} which runs; the caller has joined it
 */
function joinComparison(binding, given) {
  current ??= new Comparison(binding, given)
  const comparison = current
  comparison.join()
  return comparison
}

/** Whether one runs for this environment. */
function isComparing() {
  return current !== null
}

module.exports = { isComparing, joinComparison }

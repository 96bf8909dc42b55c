'use strict'

const { EventEmitter } = require('node:events')
const { loadNative } = require('./lib/availability')
const { warnOfMisspelt } = require('./lib/environment')
const { offer } = require('./lib/page/source')
require('./lib/work-clock') // starts to measure the program's work

// Everything else is loaded on demand, so that nothing is loaded if seep is switched off.

/** Watches this process for memory leaks. Documented in index.d.ts. */
class LeakDetector extends EventEmitter {
  #watch = null
  #disabledReason

  constructor(options) {
    super()
    const { makeRounds, disabledReason } = loadNative()
    this.#disabledReason = disabledReason
    // If seep is disabled, not even the options are checked.
    if (makeRounds !== null) {
      const { Watch } = require('./lib/watch')
      const { VARIABLES, resolveOptions } = require('./lib/options')
      this.#watch = new Watch(this, resolveOptions(options), makeRounds)
      warnOfMisspelt(VARIABLES)
    }
    // These must not hold the detector, which holds them.
    const [watch, reason] = [this.#watch, this.#disabledReason]
    offer(this, watch?.history ?? null, async (signal) => {
      if (watch === null) throw inert().refusal(reason)
      return watch.openSnapshot(signal)
    })
  }

  get enabled() {
    return this.#disabledReason === null
  }

  get disabledReason() {
    return this.#disabledReason
  }

  start() {
    this.#watch?.start()
    return this
  }

  async stop() {
    await this.#watch?.stop()
  }

  async check() {
    return this.#watch === null ? inert().check(this.#disabledReason) : this.#watch.check('check')
  }

  async writeSnapshot(path, options) {
    if (this.#watch === null) throw inert().refusal(this.#disabledReason)
    return this.#watch.writeSnapshot(path, options)
  }

  async writeAllocationProfile(path) {
    if (this.#watch === null) throw inert().refusal(this.#disabledReason, undefined, 'profile')
    return this.#watch.writeAllocationProfile(path)
  }

  async memory() {
    return this.#watch === null ? null : this.#watch.memory()
  }

  status() {
    return this.#watch === null ? inert().status(this.#disabledReason) : this.#watch.status()
  }

  [Symbol.asyncDispose]() {
    return this.stop()
  }
}

function inert() {
  return require('./lib/inert')
}

/** Documented in index.d.ts. */
function analyzeFile(path, options) {
  return require('./lib/files').analyzeFile(path, options)
}

/** Documented in index.d.ts. */
function compareFiles(paths, options) {
  return require('./lib/files').compareFiles(paths, options)
}

/** Documented in index.d.ts. */
function openHeap(file, options) {
  return require('./lib/open-heap').openHeap(file, options)
}

/** Documented in index.d.ts. */
function stripFile(from, to, options) {
  return require('./lib/strip').stripFile(from, to, options)
}

/** Documented in index.d.ts. */
function verifyFiles(before, after, options) {
  return require('./lib/verify').verifyFiles(before, after, options)
}

/** Documented in index.d.ts. */
function start(options) {
  return new LeakDetector(options).start()
}

/** Documented in index.d.ts. */
function expectNoLeak(fn, options) {
  return require('./lib/expect-no-leak').expectNoLeak((own) => new LeakDetector(own), fn, options)
}

module.exports = {
  LeakDetector,
  analyzeFile,
  compareFiles,
  expectNoLeak,
  openHeap,
  start,
  stripFile,
  verifyFiles
}

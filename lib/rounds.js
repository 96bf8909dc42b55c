'use strict'

/**
 * What a round needs of JavaScript: the event loop's figures, V8's hand to
 * write the snapshot, and a promise for its end. The rest of a round happens
 * on the background thread behind the native part.
 */

const { fromNative, toNative } = require('./border')
const { Collections } = require('./collections')
const { withCode } = require('./errors')
const { hold } = require('./hold')
const { Ignored } = require('./ignore')
const inert = require('./inert')
const { memoryFigures } = require('./memory-usage')
const { NATIVE } = require('./options')
const { ownScripts } = require('./own-scripts')
const { openStream, prepareWriter } = require('./snapshot-writer')
const runtime = require('./runtime')
const { isComparing, joinComparison } = require('./walk-comparison')
const { makeProbes } = require('./walk-probes')
const { WorkClock } = require('./work-clock')

/** Rounds that somebody waits for keep the process alive; the others must not. */
const DELIBERATE = 'check'
const LAST_CHANCE = 'last-chance'

/** A defect there costs the stacks of a report. Where nobody is called back, it would end the process. */
function harmlessly(act) {
  try {
    act()
  } catch {}
}

/** Of detectors that the program has forgotten: allocations are not sampled for them any more. */
const forgotten = new FinalizationRegistry(({ binding, number }) =>
  harmlessly(() => binding.forgetSamples(number))
)

/** The ways to capture by which the heap may be walked. */
const WALKING = new Set(['auto', 'walk'])

class Rounds {
  #native
  #binding
  /** What the native part was given. */
  #given
  /** The comparison that walks wait for, while it runs. */
  #comparison = null
  #work
  #collections = new Collections()
  #emit
  #write
  #ignored
  /** Snapshots that a verdict takes, and those that were seen. */
  #needed
  #observed = 0
  #waiting = new Map()
  #stopped = null
  #whenClosed = null

  /**
   * @param {typeof import('../binding')} binding
   * @param {ReturnType<import('./options').resolveOptions>} options
   * @param {(event: 'leak' | 'check' | 'skip' | 'spent', payload: object | number) => void} emit `spent` tells the processor
   *   time in milliseconds that each round and each file has cost, failed or not
   * @param {(path: string, forked: boolean) => void} [write] what makes V8 write; tests have their own
   */
  constructor(binding, options, emit, write = prepareWriter(options.capture)) {
    this.#binding = binding
    this.#given = nativeOptions(options)
    this.#emit = emit
    this.#work = new WorkClock(binding.threadCpuMs)
    this.#write = write
    this.#ignored = new Ignored(options.ignore)
    this.#needed = options.minChecks + 1
    // Held strongly by the native side, so it must not hold this: forgotten
    // rounds are collected, and their native part closes.
    const self = new WeakRef(this)
    try {
      const probes = WALKING.has(options.capture) ? makeProbes() : []
      const onEvent = (text) => self.deref()?.#receive(fromNative(text))
      this.#native = new binding.NativeDetector(toNative(this.#given), onEvent, probes)
    } catch (error) {
      // The options are valid, so it is the thread that cannot be had.
      throw withCode(error, 'ERR_CAPTURE_OS')
    }
    forgotten.register(this, { binding, number: this.#native.number() }, this)
  }

  /**
   * One round; never rejects for a failed one. Its events come first.
   *
   * @param {string} reason 'check' for one that somebody waits for
   * @param {number} [floorBytes] the memory floor, where it is watched
   * @returns {Promise<object>} its CheckReport
   */
  async check(reason, floorBytes) {
    if (this.#stopped !== null) throw stopped()
    // The last chance before the heap's limit is not one to wait in.
    if (reason !== LAST_CHANCE && this.#isToCompare()) await this.#compare()
    if (this.#stopped !== null) throw stopped()
    const round = this.#native.check(toNative(this.#requestOf(reason, floorBytes)))
    const { report: whole, due } = await this.#wait(round, reason === DELIBERATE)
    if (whole.snapshot !== null) this.#observed += 1
    const report = this.#ignored.without(whole, this.#observed >= this.#needed)
    for (const place of due) {
      const leak = whole.leaks[place]
      if (report.leaks.includes(leak)) this.#emit('leak', leak)
    }
    if (report.skip === null) this.#emit('check', report)
    else this.#emit('skip', report.skip)
    return report
  }

  /**
   * @param {string} path absolute
   * @returns {Promise<string>} the same, when the file is whole
   */
  async writeSnapshot(path) {
    if (this.#stopped !== null) throw stopped()
    // The native side would not be kept from it.
    if (process.permission?.has('fs.write', path) === false) throw forbidden(path)
    const request = { path, request: this.#requestOf(DELIBERATE) }
    const { skip } = await this.#wait(this.#native.write(toNative(request)), true)
    if (skip !== null) throw withCode(new Error(skip.message), skip.code)
    return path
  }

  /** By which way a capture would be taken now. */
  get ways() {
    return fromNative(this.#native.ways())
  }

  /** Whether allocations are sampled now, and why. */
  get sampling() {
    return fromNative(this.#native.sampling())
  }

  /** Gives up what is under way; resolves when nothing native is left. */
  stop() {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  async #end() {
    const closed = new Promise((resolve) => {
      const release = hold(this)
      this.#whenClosed = () => {
        release()
        this.#native.settle()
        resolve()
      }
      this.#native.close()
      forgotten.unregister(this)
    })
    await this.#comparison?.leave()
    await closed
  }

  /** Whether it is yet to be known whether this V8 is walked. Else a round begins at once. */
  #isToCompare() {
    const isUnderWay = isComparing() && WALKING.has(this.#given.capture)
    return this.#comparison !== null || isUnderWay || this.#native.wantsComparison()
  }

  /** Resolves when it is known, or cannot be known now. */
  async #compare() {
    this.#comparison ??= joinComparison(this.#binding, this.#given)
    await this.#comparison.ended
    this.#comparison = null
  }

  #wait(round, holds) {
    const end = new Promise((resolve) => this.#waiting.set(round, resolve))
    return holds ? end.finally(hold(this)) : end
  }

  #receive(told) {
    if (told.event === 'closed') return this.#whenClosed?.()
    if (told.event === 'capture') {
      // Nobody is called back from here: what is thrown would end the process.
      this.#capture(told).catch((error) => this.#settle(defect(told.round, error)))
      return
    }
    this.#emit('spent', told.cpuMs)
    // What the round has come to says whether allocations are worth sampling.
    if (told.event === 'round') harmlessly(() => this.#native.sample())
    this.#settle(told)
  }

  #settle(ended) {
    const settle = this.#waiting.get(ended.round)
    this.#waiting.delete(ended.round)
    settle?.(ended)
  }

  async #capture({ round, method }) {
    if (method === 'stream') await this.#stream(round)
    else this.#work.without(() => this.#native.capture(round, this.#write))
  }

  #requestOf(reason, floorBytes) {
    return {
      reason,
      memory: memoryFigures({ floorBytes, collected: this.#collections.haveRun() }),
      epochMs: Date.now(),
      activeMs: this.#work.now()
    }
  }

  /** Where no path names a pipe: V8's own stream, chunk by chunk. */
  async #stream(round) {
    let pauseMs = 0
    try {
      const { stream, tookMs } = openStream()
      pauseMs = tookMs
      for await (const chunk of stream) {
        if (!this.#native.push(round, chunk)) return
      }
      this.#native.end(toNative({ round, pauseMs }))
    } catch (error) {
      this.#native.end(toNative({ round, pauseMs, error: String(error?.message ?? error) }))
    }
  }
}

/** What the native part would have answered, had it not failed. */
function defect(round, error) {
  const skip = inert.skip('ERR_INTERNAL', `a defect in seep: ${error.message}`)
  return { round, report: inert.skippedReport(skip), due: [], skip }
}

function forbidden(path) {
  const message = `the snapshot file cannot be written: Node lacks --allow-fs-write=${path}`
  return withCode(new Error(message), 'ERR_FILE_OS')
}

function stopped() {
  return withCode(new Error('the detector is stopped'), 'ERR_STOPPED')
}

/** `Options` of src/detector/round.rs: those of the table, and what seep itself adds. */
function nativeOptions(options) {
  return {
    ...Object.fromEntries(NATIVE.map((name) => [name, options[name]])),
    // Where every round captures, somebody wants to know soon.
    patientRoundMs: options.gate === 'growth' ? options.intervalMs : null,
    callsPerRound: options.callsPerRound ?? null,
    ownScripts: ownScripts(),
    // What the gate asks (src/walk/gate.rs).
    versions: runtime.runtimeVersions(),
    compares: false
  }
}

module.exports = { Rounds }

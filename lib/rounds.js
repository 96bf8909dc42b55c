'use strict'

/**
 * The JavaScript half of a round: provides memory figures, lets V8 write the snapshot, and
 * returns a promise. The rest of a round happens on the native background thread.
 */

const { fromNative, toNative } = require('./border')
const { Collections } = require('./collections')
const { withCode } = require('./errors')
const { hold } = require('./hold')
const { Ignored } = require('./ignore')
const inert = require('./inert')
const { LoopFigures } = require('./loop-figures')
const { memoryFigures, memoryUsage } = require('./memory-usage')
const { NATIVE, isSet } = require('./options')
const { ownScripts } = require('./own-scripts')
const { RequestClock } = require('./request-clock')
const { checkMayWrite } = require('./snapshot-path')
const { openStream, prepareWriter } = require('./snapshot-writer')
const runtime = require('./runtime')
const { isComparing, joinComparison } = require('./walk-comparison')
const { makeProbes } = require('./walk-probes')
const { WorkClock } = require('./work-clock')

/** Reason of rounds that code waits for. Only these keep the process alive. */
const DELIBERATE = 'check'
const LAST_CHANCE = 'last-chance'
/** Reason of a reading of the memory between rounds. */
const READING = 'reading'

/**
 * Acts, and swallows what it throws: a defect there only costs the stacks of a report. If nobody is called back, it would
 * end the process.
 */
function harmlessly(act) {
  try {
    act()
  } catch {}
}

/** Ends the sampling of allocations for detectors that the program has dropped. */
const forgotten = new FinalizationRegistry(({ binding, number }) =>
  harmlessly(() => binding.forgetSamples(number))
)

/** Values of `capture` that allow walks. */
const WALKING = new Set(['auto', 'walk'])

class Rounds {
  #native
  #binding
  /** Options of the native part. */
  #given
  /** The running comparison that walks wait for. */
  #comparison = null
  #work
  #requests = new RequestClock()
  /** Since the last round, and since the last reading of the memory. */
  #collections = new Collections()
  #collectionsRead = new Collections()
  /** The used heap that the last major collection has left. */
  #keptBytes = Number.POSITIVE_INFINITY
  #figures = new LoopFigures()
  #emit
  #write
  #ignored
  /** Number of snapshots that a verdict needs, and of those taken. */
  #needed
  #observed = 0
  #waiting = new Map()
  #stopped = null
  #whenClosed = null

  /**
   * @param {typeof import('../binding')} binding
   * @param {ReturnType<import('./options').resolveOptions>} options
   * @param {(event: 'leak' | 'check' | 'skip' | 'memory' | 'spent', payload: object | number) => void} emit `memory` reports
   *   what a reading says (`MemoryNews` of src/detector/memory_news.rs), `spent` the CPU time in milliseconds of each round
   *   and each file, failed or not
   * @param {(path: string, forked: boolean) => void} [write] lets V8 write; replaced by tests
   */
  constructor(binding, options, emit, write = prepareWriter(options.capture)) {
    this.#binding = binding
    this.#given = nativeOptions(options)
    this.#emit = emit
    this.#work = new WorkClock(binding.threadCpuMs)
    this.#write = write
    this.#ignored = new Ignored(options.ignore)
    this.#needed = options.minChecks + 1
    // The native side holds the callback strongly, so it must reach this object weakly.
    // Unreferenced rounds are then collected, and their native part closes.
    const self = new WeakRef(this)
    try {
      const probes = WALKING.has(options.capture) ? makeProbes() : []
      const onEvent = (text) => self.deref()?.#receive(fromNative(text))
      this.#native = new binding.NativeDetector(toNative(this.#given), onEvent, probes)
    } catch (error) {
      // The options are valid, so the thread could not be created.
      throw withCode(error, 'ERR_CAPTURE_OS')
    }
    forgotten.register(this, { binding, number: this.#native.number() }, this)
  }

  /**
   * Runs one round. Never rejects because of a failed capture. Emits its events before it resolves.
   *
   * @param {string} reason 'check' for a round that code waits for
   * @param {{ floorBytes?: number, lowestBytes?: number, rises?: boolean }} [memory] the memory floor, the lowest used heap since
   *   the last reading, if these are tracked, and whether memory rises
   * @returns {Promise<object>} the CheckReport
   */
  async check(reason, memory) {
    if (this.#stopped !== null) throw stopped()
    // There is no time to wait near the heap limit.
    if (reason !== LAST_CHANCE && this.#isToCompare()) await this.#compare()
    if (this.#stopped !== null) throw stopped()
    const request = {
      ...this.#requestOf(reason, memory),
      reading: this.#reading(memory?.lowestBytes)
    }
    const round = this.#native.check(toNative(request))
    const { report: whole, due } = await this.#wait(round, reason === DELIBERATE)
    if (whole.snapshot !== null) this.#observed += 1
    const report = this.#ignored.without(whole, this.#observed >= this.#needed)
    for (const place of due) {
      const leak = whole.leaks[place]
      if (report.leaks.includes(leak)) this.#emit('leak', leak)
    }
    if (report.skip !== null) this.#emit('skip', report.skip)
    if (hasVerdict(report)) this.#emit('check', report)
    return report
  }

  /**
   * Reads the memory, and reports what it says. Does not keep the process alive.
   *
   * @param {number} [lowestBytes] the lowest used heap since the last reading, if it is tracked
   * @returns {Promise<boolean>} whether the reading succeeded
   */
  async observeMemory(lowestBytes) {
    if (this.#stopped !== null) throw stopped()
    const request = { ...this.#requestOf(READING), reading: this.#reading(lowestBytes) }
    const { memory } = await this.#wait(this.#native.readMemory(toNative(request), true), false)
    return memory !== null
  }

  /** @returns {Promise<object | null>} the `MemoryAccount`; null if the reading failed */
  async readMemory() {
    if (this.#stopped !== null) throw stopped()
    const reading = { figures: this.#figures.take(), collected: false, keptBytes: null }
    const request = { ...this.#requestOf(READING), reading }
    const { account } = await this.#wait(this.#native.readMemory(toNative(request), false), true)
    return account
  }

  /**
   * @param {string} path absolute
   * @returns {Promise<string>} the same path, when the file is complete
   */
  async writeSnapshot(path) {
    if (this.#stopped !== null) throw stopped()
    checkMayWrite(path)
    const request = { path, request: this.#requestOf(DELIBERATE) }
    const { skip } = await this.#wait(this.#native.write(toNative(request)), true)
    if (skip !== null) throw withCode(new Error(skip.message), skip.code)
    return path
  }

  /**
   * Sends a snapshot through a socket, from a forked child. Does not keep the process alive.
   *
   * @param {number} descriptor of the socket
   * @param {string} head written before the snapshot: that of an HTTP response in chunks
   * @returns {Promise<{ skip: object | null, hasBegun: boolean }>} why not all of it was sent, and whether any was
   */
  async sendSnapshot(descriptor, head) {
    if (this.#stopped !== null) throw stopped()
    const request = { head, request: this.#requestOf(DELIBERATE) }
    const { skip, hasBegun } = await this.#wait(
      this.#native.send(toNative(request), descriptor),
      false
    )
    return { skip, hasBegun }
  }

  /** Returns how a capture would be taken now. */
  get ways() {
    return fromNative(this.#native.ways())
  }

  /** Whether allocations are sampled now, and why. */
  get sampling() {
    return fromNative(this.#native.sampling())
  }

  /** Cancels everything that is running. Resolves when nothing native is left. */
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
      this.#requests.stop()
      forgotten.unregister(this)
    })
    await this.#comparison?.leave()
    await closed
  }

  /** Returns whether a comparison must first decide if this V8 can be walked. */
  #isToCompare() {
    const isUnderWay = isComparing() && WALKING.has(this.#given.capture)
    return this.#comparison !== null || isUnderWay || this.#native.wantsComparison()
  }

  /** Resolves when the comparison has ended, with or without a result. */
  async #compare() {
    this.#comparison ??= joinComparison(this.#binding, this.#given)
    await this.#comparison.ended
    this.#comparison = null
  }

  #wait(round, holds) {
    const end = new Promise((resolve) => this.#waiting.set(round, resolve))
    return holds ? end.finally(hold(this)) : end
  }

  #receive(event) {
    if (event.event === 'closed') return this.#whenClosed?.()
    if (event.event === 'capture') {
      // An exception here would end the process.
      this.#capture(event).catch((error) => this.#settle(failed(event.round, error)))
      return
    }
    if (event.memory != null) this.#heard(event.memory)
    if (event.event === 'memory') return this.#settle(event)
    this.#emit('spent', event.cpuMs)
    // The outcome of the round decides whether allocations are worth sampling.
    if (event.event === 'round') harmlessly(() => this.#native.sample())
    this.#settle(event)
  }

  /** Reports what a reading says, and has V8 collect garbage if that decides something. */
  #heard(memory) {
    if (memory.collect) harmlessly(() => this.#binding.requestCollection())
    this.#emit('memory', memory)
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

  #requestOf(reason, { floorBytes, rises = false } = {}) {
    return {
      reason,
      memory: memoryFigures({ floorBytes, collected: this.#haveCollected(reason) }),
      epochMs: Date.now(),
      activeMs: this.#work.now(),
      requests: this.#requests.now(),
      rises
    }
  }

  /** Returns what the background thread needs to read the memory for this detector. */
  #reading(lowestBytes = memoryUsage().heapUsed) {
    const collected = this.#collectionsRead.haveRun()
    // Without a collection, what has come since the last one may be garbage.
    this.#keptBytes = collected ? lowestBytes : Math.min(this.#keptBytes, lowestBytes)
    return { figures: this.#figures.take(), collected, keptBytes: this.#keptBytes }
  }

  /** Returns whether V8 has collected garbage since the round before. */
  #haveCollected(reason) {
    return reason !== READING && this.#collections.haveRun()
  }

  /** Passes on V8's own stream, chunk by chunk, where a pipe has no path. */
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

/** Returns whether a round has found something to say, with or without a snapshot. */
function hasVerdict({ verdict, resolved }) {
  return verdict !== 'skipped' || resolved.length > 0
}

/** Returns the answer for a round that failed because of a bug. */
function failed(round, error) {
  const skip = inert.skip('ERR_INTERNAL', `internal error: ${error.message}`)
  return { round, report: inert.skippedReport(skip), due: [], skip, hasBegun: true }
}

function stopped() {
  return withCode(new Error('the detector is stopped'), 'ERR_STOPPED')
}

/** Returns the `Options` of src/detector/round.rs: those of the table, and those that seep itself adds. */
function nativeOptions(options) {
  return {
    ...Object.fromEntries(NATIVE.map((name) => [name, options[name]])),
    // By default, a walk may use more.
    walkHeadroomFraction: isSet(options, 'maxHeadroomFraction')
      ? options.maxHeadroomFraction
      : null,
    roundMs: options.intervalMs,
    // If every round captures, the user wants early results.
    isPatient: options.gate === 'growth',
    callsPerRound: options.callsPerRound ?? null,
    ownScripts: ownScripts(),
    // For the gate of walks (src/walk/gate.rs).
    versions: runtime.runtimeVersions(),
    compares: false
  }
}

module.exports = { Rounds }

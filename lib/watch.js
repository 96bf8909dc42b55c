'use strict'

/**
 * What a detector does all day: when a round begins, who is told of it, and
 * how everything ends. What happens within a round is the engine's business
 * (lib/detector.js, over the native part).
 */

const { deliver, warn } = require('./deliver')
const { invalidType } = require('./errors')
const { GrowthGate } = require('./gate')
const inert = require('./inert')
const { logWith } = require('./log')
const { MemoryFloor, memoryNow } = require('./memory')
const { RoundQueue } = require('./queue')
const { ReportFolder } = require('./report-folder')
const { Schedule } = require('./schedule')
const { listenForSignals } = require('./signals')
const { snapshotPath } = require('./snapshot-path')
const { Tally } = require('./tally')

/** Started and not stopped: kept although the program may hold no reference. */
const started = new Set()

class Watch {
  #detector
  #options
  #Engine
  #engine = null
  #state = 'idle'
  #queue = new RoundQueue((reason) => this.#round(reason))
  #tally = new Tally()
  #gate
  #log
  #reports
  #floor = null
  #schedule = null
  #leaveSignals = null
  #stopping = null
  #onAbort = () => void this.stop().catch((error) => warn('abort', error))

  /**
   * @param {import('node:events').EventEmitter} detector whose listeners are told
   * @param {ReturnType<import('./options').resolveOptions>} options
   * @param {typeof import('./detector').Engine} Engine
   */
  constructor(detector, options, Engine) {
    this.#detector = detector
    this.#options = options
    this.#Engine = Engine
    this.#gate = new GrowthGate(options)
    this.#log = logWith(options.logger)
    this.#reports = options.reportDir === null ? null : new ReportFolder(options.reportDir)
  }

  start() {
    if (this.#state !== 'idle') return
    const { signal, intervalMs } = this.#options
    if (signal?.aborted) return void this.stop()
    this.#state = 'watching'
    started.add(this)
    this.#floor = new MemoryFloor()
    this.#schedule = new Schedule(intervalMs, () => this.#tick())
    this.#leaveSignals = listenForSignals({
      SEEP_SIGNAL: () => void this.check('signal'),
      SEEP_SNAPSHOT_SIGNAL: () => void this.#writeSnapshotOnSignal()
    })
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.#tally.started()
  }

  /** Always the same promise: stopping twice is stopping once. */
  stop() {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  check(reason) {
    if (this.#state === 'stopped') return Promise.resolve(stoppedReport())
    return this.#queue.request(reason)
  }

  async writeSnapshot(path = snapshotPath(this.#options.reportDir ?? process.cwd())) {
    if (typeof path !== 'string' || path === '') throw invalidType('The path', 'a path', path)
    if (this.#state === 'stopped') throw inert.refusal('the detector is stopped', 'ERR_ABORTED')
    return this.#use().writeSnapshot(path)
  }

  status() {
    const { signal, logger, ...options } = this.#options
    return {
      schemaVersion: 1,
      enabled: true,
      disabledReason: null,
      state: this.#state,
      checking: this.#queue.busy,
      options: { ...options, logger: typeof logger === 'object' ? 'object' : logger },
      ...this.#tally.figures()
    }
  }

  async #end() {
    this.#state = 'stopped'
    started.delete(this)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#schedule?.stop()
    this.#leaveSignals?.()
    this.#floor?.stop()
    await this.#engine?.stop()
    this.#engine = null
  }

  /** The engine, made when it is first needed: a detector that only exists costs nothing. */
  #use() {
    if (this.#engine === null) {
      // The native side holds its callback strongly. Reaching this weakly from
      // there lets a forgotten detector be collected: seep must not leak.
      const self = new WeakRef(this)
      this.#engine = new this.#Engine(this.#options, (event, payload) => {
        self.deref()?.#announce(event, payload)
      })
    }
    return this.#engine
  }

  /** The interval has passed. */
  async #tick() {
    if (this.#queue.busy) return
    if (this.#options.gate === 'growth' && !this.#gate.isOpen(this.#floor.bytes)) {
      this.#announce(
        'skip',
        inert.skip('GATE_CLOSED', 'memory has not grown since the last capture')
      )
      return
    }
    await this.#queue.request('interval')
  }

  async #round(reason) {
    if (this.#state === 'stopped') return stoppedReport()
    const memory = memoryNow(this.#floor)
    let report
    try {
      report = await this.#use().round({ reason, memory })
    } catch (error) {
      report = inert.skippedReport(inert.skip('ERR_INTERNAL', `a defect in seep: ${error.message}`))
    }
    if (report.snapshot !== null) {
      this.#gate.captured(memory.floorBytes)
      this.#floor?.reset()
    }
    this.#tally.ended(report)
    if (report.skip === null) this.#announce('check', report)
    else this.#announce('skip', report.skip)
    return report
  }

  #announce(event, payload) {
    if (this.#state === 'stopped') return
    if (event === 'skip') this.#tally.skipped(payload.code)
    if (event === 'leak') this.#reports?.write(payload)
    try {
      this.#log?.(event, payload)
    } catch (error) {
      warn('log', error)
    }
    deliver(this.#detector, event, payload)
  }

  async #writeSnapshotOnSignal() {
    try {
      await this.writeSnapshot()
    } catch (error) {
      this.#announce('skip', inert.skip(error.code ?? 'ERR_INTERNAL', error.message))
    }
  }
}

function stoppedReport() {
  return inert.skippedReport(inert.skip('ERR_ABORTED', 'the detector is stopped'))
}

module.exports = { Watch }

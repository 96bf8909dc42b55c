'use strict'

/**
 * What a detector does all day: when a round begins, who is told of it, and
 * how everything ends. What happens within a round is the business of `Rounds`
 * (lib/rounds.js, over the native part).
 */

const { resolve } = require('node:path')
const { publish } = require('./channels')
const { deliver, guarded, warn } = require('./deliver')
const { hold } = require('./hold')
const { nameOfEntry } = require('./ignore')
const inert = require('./inert')
const { LastChance } = require('./last-chance')
const { isLogged, logWith } = require('./log')
const { MemoryFloor } = require('./memory')
const { heapLimit, memoryUsage } = require('./memory-usage')
const { Pace } = require('./pace')
const { RoundQueue } = require('./queue')
const { History } = require('./page/history')
const { checkPath } = require('./options')
const { ReportFolder } = require('./report-folder')
const { Schedule } = require('./schedule')
const { SignOfLife } = require('./sign-of-life')
const { listenForSignals } = require('./signals')
const { snapshotPath } = require('./snapshot-path')
const { Tally } = require('./tally')
const { Told } = require('./told')

/**
 * @typedef {object} Rounds lib/rounds.js
 * @property {(reason: string, floorBytes: number) => Promise<object>} check never rejects; the events come before it resolves
 * @property {(path: string) => Promise<string>} writeSnapshot
 * @property {() => Promise<void>} stop
 * @property {object} ways a CaptureStatus
 * @property {object} sampling an AllocationStatus
 */
/** @typedef {(options: object, emit: (event: string, payload: object) => void) => Rounds} MakeRounds */

/** The reason of rounds that somebody waits for: they keep the process alive, the others must not. */
const DELIBERATE = 'check'

/** Takes the listeners of forgotten detectors from signals that live on. */
const forgotten = new FinalizationRegistry(({ signal, onAbort }) => {
  signal.deref()?.removeEventListener('abort', onAbort)
})

/** The codes that docs/operating.md has. */
const SKIP_CODE = /^ERR_(ABORTED|CAPTURE_|FILE_|SNAPSHOT_|STOPPED)/

/** Started and not stopped: kept although the program may hold no reference. */
const started = new Set()

class Watch {
  #detector
  #options
  #makeRounds
  #rounds = null
  #state = 'idle'
  #queue = new RoundQueue((reason) => this.#round(reason))
  #tally = new Tally()
  #told = new Told()
  #life = new SignOfLife()
  #pace
  #log
  #reports
  #floor = null
  #history
  #schedule = null
  #leaveSignals = null
  #stopping = null
  #onAbort
  #heedsSignal = false

  /**
   * @param {import('node:events').EventEmitter} detector whose listeners are told
   * @param {ReturnType<import('./options').resolveOptions>} options
   * @param {MakeRounds} makeRounds
   */
  constructor(detector, options, makeRounds) {
    this.#detector = detector
    this.#options = options
    this.#makeRounds = makeRounds
    this.#pace = new Pace(options)
    this.#log = logWith(options.logger)
    this.#history = new History(options.intervalMs)
    this.#reports = options.reportDir === null ? null : new ReportFolder(options.reportDir)
    // A signal may live as long as the program; a forgotten detector need not.
    const self = new WeakRef(this)
    this.#onAbort = () => {
      self
        .deref()
        ?.stop()
        .catch((error) => warn('abort', error))
    }
  }

  start() {
    if (this.#state !== 'idle') return
    if (this.#isAborted()) return
    this.#state = 'watching'
    this.#pace.begin()
    started.add(this)
    this.#floor = new MemoryFloor(this.#options.intervalMs, { onSample: this.#onSample() })
    this.#history.start(this.#floor)
    this.#schedule = new Schedule(this.#options.intervalMs, () => this.#tick())
    this.#leaveSignals = listenForSignals({
      SEEP_SIGNAL: () => void this.check('signal'),
      SEEP_SNAPSHOT_SIGNAL: () => void this.#writeSnapshotOnSignal()
    })
    this.#heedSignal()
    void this.#reports?.probe()
    void this.#reports?.clean()
    this.#tally.started()
  }

  /** Always the same promise: stopping twice is stopping once. */
  stop() {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  check(reason) {
    if (this.#isAborted() || this.#state === 'stopped') return Promise.resolve(stoppedReport())
    const round = this.#queue.request(reason)
    if (reason !== DELIBERATE) return round
    // From here on, since the round that runs before it may be one that nobody waits for.
    return round.finally(hold(this))
  }

  async writeSnapshot(path) {
    if (path !== undefined) checkPath(path)
    if (this.#isAborted() || this.#state === 'stopped') {
      throw inert.refusal('the detector is stopped', 'ERR_STOPPED')
    }
    const rounds = this.#use()
    if (path !== undefined) return rounds.writeSnapshot(resolve(path))
    // Where it cannot be made, the file cannot either, and that has a code.
    await this.#reports?.make().catch(() => {})
    return rounds.writeSnapshot(snapshotPath(this.#options.reportDir ?? process.cwd()))
  }

  status() {
    this.#isAborted()
    const { signal, logger, ignore, ...options } = this.#options
    return {
      schemaVersion: 1,
      enabled: true,
      disabledReason: null,
      state: this.#state,
      checking: this.#queue.busy,
      options: {
        ...options,
        ignore: ignore.map(nameOfEntry),
        logger: typeof logger === 'object' ? 'object' : logger
      },
      floorBytes: this.#floor?.bytes ?? null,
      growth: this.#pace.growth,
      cpuMsLeftToday: Math.round(this.#pace.cpuMsLeft),
      // What it takes to know is made for the first capture.
      capture: this.#rounds?.ways ?? null,
      allocations: this.#rounds?.sampling ?? null,
      ...this.#tally.figures()
    }
  }

  /** What the page shows beside the status. */
  get history() {
    return this.#history
  }

  /** Aborted before anything listened is aborted all the same. */
  #isAborted() {
    if (this.#options.signal?.aborted !== true) return false
    this.#onAbort()
    return true
  }

  #heedSignal() {
    const { signal } = this.#options
    if (signal === null || this.#heedsSignal) return
    this.#heedsSignal = true
    signal.addEventListener('abort', this.#onAbort, { once: true })
    forgotten.register(this, { signal: new WeakRef(signal), onAbort: this.#onAbort }, this)
  }

  async #end() {
    this.#state = 'stopped'
    started.delete(this)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    forgotten.unregister(this)
    this.#schedule?.stop()
    this.#leaveSignals?.()
    this.#floor?.stop()
    this.#history.stop()
    await this.#rounds?.stop()
    await this.#reports?.settled()
    deliver(this.#detector, 'stop')
  }

  /** Made when first needed: a detector that only exists costs nothing. */
  #use() {
    if (this.#rounds === null) {
      this.#heedSignal()
      // The native side holds its callback strongly. Reaching this weakly from
      // there lets a forgotten detector be collected: seep must not leak.
      const self = new WeakRef(this)
      this.#rounds = this.#makeRounds(this.#options, (event, payload) => {
        self.deref()?.#hear(event, payload)
      })
    }
    return this.#rounds
  }

  /** The interval has passed. */
  async #tick() {
    if (this.#queue.busy) return
    const closed = this.#pace.whyNotNow(this.#floor)
    if (closed === null) await this.#queue.request('interval')
    else this.#announce('skip', closed)
    this.#showLife()
  }

  /** What looks after the heap's limit, or nothing where every round captures anyway. */
  #onSample() {
    if (this.#options.gate !== 'growth') return undefined
    const lastChance = new LastChance(heapLimit)
    const self = new WeakRef(this)
    return ({ heap }) => {
      if (lastChance.sample(heap)) void self.deref()?.check('last-chance')
    }
  }

  async #round(reason) {
    if (this.#state === 'stopped') return stoppedReport()
    if (this.#pace.takeTraces()) await this.#forget()
    const floorBytes = this.#floor?.bytes ?? memoryUsage().heapUsed
    let report
    try {
      report = await this.#use().check(reason, floorBytes)
    } catch (error) {
      // Such as no thread to be had. A rejection here would end the process.
      report = inert.skippedReport(skipOf(error))
      this.#announce('skip', report.skip)
    }
    if (report.snapshot !== null) {
      this.#pace.captured(report)
      this.#floor?.reset()
    }
    this.#tally.ended(report)
    return report
  }

  /** What was captured in the warm-up counts for nothing. */
  async #forget() {
    const before = this.#rounds
    this.#rounds = null
    await before?.stop()
  }

  #hear(event, payload) {
    if (event === 'spent') this.#pace.charge(payload)
    else this.#announce(event, payload)
  }

  #announce(event, payload) {
    if (this.#state === 'stopped') return
    if (event === 'check') {
      for (const leak of this.#told.ended(payload.resolved)) this.#announce('resolved', leak)
    }
    this.#remember(event, payload)
    this.#tell(event, payload)
  }

  /** A log that nothing else has come to for an hour says that it is watched over. */
  #showLife() {
    if (this.#log === null || !this.#life.isDue) return
    this.#life.spoke()
    guarded('log', () => this.#log('watching', this.status()))
  }

  #tell(event, payload) {
    if (this.#log !== null) {
      if (isLogged(event, payload)) this.#life.spoke()
      guarded('log', () => this.#log(event, payload))
    }
    deliver(this.#detector, event, payload)
    publish(this.#detector, event, payload)
  }

  #remember(event, payload) {
    if (event === 'check') this.#history.checked(payload)
    if (event === 'skip') {
      this.#tally.skipped(payload.code)
      this.#history.skipped(payload)
    }
    if (event === 'resolved') this.#tally.resolved()
    if (event === 'leak') {
      this.#told.add(payload)
      this.#tally.leaked()
      this.#reports?.write(payload, () => this.#reportPage(payload))
    }
  }

  /** Asked for when the round's check has been announced too, so it is in it. */
  #reportPage(leak) {
    // Loaded when first needed: most programs never show a page.
    const { reportPage } = require('./page/document')
    const { pageState } = require('./page/state')
    return reportPage(pageState(this.status(), this.#history), leak)
  }

  async #writeSnapshotOnSignal() {
    try {
      await this.writeSnapshot()
    } catch (error) {
      // Told, but not counted: no round was skipped.
      if (this.#state === 'stopped') return
      this.#tell('skip', skipOf(error))
    }
  }
}

/** The codes of skips are ours: what Node-API or Node say is a defect of seep's. */
function skipOf({ code, message }) {
  return inert.skip(SKIP_CODE.test(code) ? code : 'ERR_INTERNAL', message)
}

function stoppedReport() {
  return inert.skippedReport(inert.skip('ERR_STOPPED', 'the detector is stopped'))
}

module.exports = { Watch }

'use strict'

/**
 * Manages the life of a detector: when rounds start, how their results are reported, and
 * how everything ends. `Rounds` (lib/rounds.js, on top of the native part) runs a round.
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
const { MemoryNews } = require('./memory-news')
const { heapLimit, memoryUsage } = require('./memory-usage')
const { Pace } = require('./pace')
const { RoundQueue } = require('./queue')
const { History } = require('./page/history')
const { checkPath, completeOptions } = require('./options')
const { boolean } = require('./option-types')
const { ReportFolder } = require('./report-folder')
const { Schedule } = require('./schedule')
const { SignOfLife } = require('./sign-of-life')
const { listenForSignals } = require('./signals')
const { snapshotPath } = require('./snapshot-path')
const { Tally } = require('./tally')
const { EmittedLeaks } = require('./emitted-leaks')

const WRITE_OPTIONS = { strip: { type: boolean(), default: false } }

/**
 * @typedef {object} Rounds lib/rounds.js
 * @property {(reason: string, memory: { floorBytes: number, lowestBytes?: number, rises: boolean }) => Promise<object>} check never rejects; the events come before it resolves
 * @property {(lowestBytes: number) => Promise<boolean>} observeMemory
 * @property {() => Promise<object | null>} readMemory
 * @property {(path: string) => Promise<string>} writeSnapshot
 * @property {() => Promise<void>} stop
 * @property {object} ways a CaptureStatus
 * @property {object} sampling an AllocationStatus
 */
/** @typedef {(options: object, emit: (event: string, payload: object) => void) => Rounds} MakeRounds */

/** Reason of rounds that code waits for. Only these keep the process alive. */
const DELIBERATE = 'check'

/** Removes the listeners of collected detectors from signals that are still alive. */
const forgotten = new FinalizationRegistry(({ signal, onAbort }) => {
  signal.deref()?.removeEventListener('abort', onAbort)
})

/** Detectors that are started and not stopped. They live even if the program holds no reference. */
const started = new Set()

class Watch {
  #detector
  #options
  #makeRounds
  #rounds = null
  /** Snapshots for the page. */
  #live = null
  #state = 'idle'
  #queue = new RoundQueue((reason) => this.#round(reason))
  #tally = new Tally()
  #emitted = new EmittedLeaks()
  #memory = new MemoryNews()
  #life = new SignOfLife()
  #pace
  #log
  #reports
  #floor = null
  #history
  #schedule = null
  #leaveSignals = null
  /** The part of this detector in the socket of its thread. */
  #socket = null
  #stopping = null
  #onAbort
  #listensToSignal = false

  /**
   * @param {import('node:events').EventEmitter} detector emits the events
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
    // Weak, because a signal may live as long as the program, and must not keep the detector alive.
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
    this.#listenToSignal()
    if (this.#options.socket) this.#openSocket()
    void this.#reports?.probe()
    void this.#reports?.clean()
    this.#tally.started()
  }

  /** Returns the same promise each time. */
  stop() {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  check(reason) {
    if (this.#isAborted() || this.#state === 'stopped') return Promise.resolve(stoppedReport())
    const round = this.#queue.request(reason)
    if (reason !== DELIBERATE) return round
    // Holds from now on, because the current round may be one that does not keep the process alive.
    return round.finally(hold(this))
  }

  /** Resolves to a MemoryAccount, or to null. */
  async memory() {
    if (this.#isAborted() || this.#state === 'stopped') return null
    return this.#use().readMemory()
  }

  async writeSnapshot(path, options = {}) {
    if (path !== undefined) checkPath(path)
    const { strip } = completeOptions(WRITE_OPTIONS, options)
    if (this.#isAborted() || this.#state === 'stopped') {
      throw inert.refusal('the detector is stopped', 'ERR_STOPPED')
    }
    const rounds = this.#use()
    // If this fails, writing the file fails too, with a code.
    if (path === undefined) await this.#reports?.make().catch(() => {})
    const folder = this.#options.reportDir ?? process.cwd()
    const target = path === undefined ? snapshotPath(folder) : resolve(path)
    return strip ? require('./strip').writeStripped(rounds, target) : rounds.writeSnapshot(target)
  }

  /**
   * Takes a snapshot for the page.
   *
   * @param {AbortSignal} signal ends the capture
   * @returns {Promise<import('./live-snapshot').OpenSnapshot>}
   */
  async openSnapshot(signal) {
    if (this.#isAborted() || this.#state === 'stopped') {
      throw inert.refusal('the detector is stopped', 'ERR_STOPPED')
    }
    return this.#useLive().open(signal)
  }

  /** Also works when stopped: it writes what is known, and captures nothing. */
  async writeAllocationProfile(path) {
    checkPath(path)
    const { leaks = [], suspects = [] } = this.#tally.figures().lastCheck ?? {}
    const target = resolve(path)
    await require('./allocation-profile').writeProfile(target, [...leaks, ...suspects])
    return target
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
      // Not known before the first capture.
      capture: this.#rounds?.ways ?? null,
      allocations: this.#rounds?.sampling ?? null,
      socket: this.#socket?.state() ?? null,
      ...this.#memory.figures(),
      ...this.#tally.figures()
    }
  }

  /** Returns the data of the page that status() does not have. */
  get history() {
    return this.#history
  }

  #useLive() {
    if (this.#live === null) {
      // Loaded on demand, because most processes send no snapshots.
      const { LiveSnapshots } = require('./live-snapshot')
      const spend = (event, cpuMs) => event === 'spent' && this.#pace.charge(cpuMs)
      // Otherwise it might be a reason to sample allocations.
      const options = { ...this.#options, allocations: 'off' }
      this.#live = new LiveSnapshots(() => this.#makeRounds(options, spend), options)
    }
    return this.#live
  }

  /** Opens the socket, or joins that of another detector of this thread. */
  #openSocket() {
    const { serve } = require('./socket/service')
    const shown = {
      status: () => this.status(),
      history: this.#history,
      // A round for a person that does not keep the process alive.
      check: () => this.check('signal'),
      sendSnapshot: (...args) => this.#useLive().send(...args),
      openSnapshot: (signal) => this.#useLive().open(signal)
    }
    this.#socket = serve(shown, (problem) => {
      guarded('log', () => this.#log?.('socket', { problem }))
    })
  }

  /** Returns whether the signal is aborted, and stops if so. It may have been aborted before there was a listener. */
  #isAborted() {
    if (this.#options.signal?.aborted !== true) return false
    this.#onAbort()
    return true
  }

  #listenToSignal() {
    const { signal } = this.#options
    if (signal === null || this.#listensToSignal) return
    this.#listensToSignal = true
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
    await Promise.all([this.#socket?.leave(), this.#rounds?.stop(), this.#live?.end()])
    await this.#reports?.settled()
    deliver(this.#detector, 'stop')
  }

  /** Returns the rounds. They are created on first use, so that an unused detector costs nothing. */
  #use() {
    if (this.#rounds === null) {
      this.#listenToSignal()
      // Weak, because the native side holds its callback strongly, and an unreferenced
      // detector must be collectable: seep must not leak.
      const self = new WeakRef(this)
      this.#rounds = this.#makeRounds(this.#options, (event, payload) => {
        self.deref()?.#hear(event, payload)
      })
    }
    return this.#rounds
  }

  /** Runs or skips a round after an interval. */
  async #tick() {
    if (this.#queue.busy) return
    const closed = this.#pace.whyNotNow(this.#floor)
    if (closed === null) await this.#queue.request('interval')
    else await this.#holdBack(closed)
    this.#showLife()
  }

  /** Skips a round. The memory is read nevertheless. */
  async #holdBack(reason) {
    this.#announce('skip', reason)
    if (this.#pace.isWarmingUp || !this.#memory.isDue) return
    try {
      const isRead = await this.#use().observeMemory(this.#floor.takeLowest())
      if (!isRead) this.#memory.isMissing()
    } catch (error) {
      // For example, there may be no thread. A rejection here would end the process.
      this.#announce('skip', skipOf(error))
    }
  }

  /** Returns a function that watches for the heap limit, or undefined if every round captures anyway. */
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
    const lowestBytes = this.#floor?.takeLowest()
    let report
    try {
      const rises = this.#pace.growth !== null
      report = await this.#use().check(reason, { floorBytes, lowestBytes, rises })
    } catch (error) {
      // For example, there may be no thread. A rejection here would end the process.
      report = inert.skippedReport(skipOf(error))
      this.#announce('skip', report.skip)
    }
    // Also without a snapshot: the growth of allocations is compared with that of the floor.
    this.#floor?.reset()
    if (report.snapshot !== null) this.#pace.captured(report)
    this.#tally.ended(report)
    return report
  }

  /** Forgets the captures of the warm-up. */
  async #forget() {
    const before = this.#rounds
    this.#rounds = null
    await before?.stop()
  }

  #hear(event, payload) {
    if (event === 'spent') this.#pace.charge(payload)
    else if (event === 'memory') this.#hearMemory(payload)
    else this.#announce(event, payload)
  }

  #hearMemory(news) {
    this.#memory.heard(news)
    if (news.nativeIsDue) this.#announce('memory-growth', news.native)
    if (news.exhaustionIsDue) this.#announce('exhaustion', news.exhaustion)
  }

  #announce(event, payload) {
    if (this.#state === 'stopped') return
    if (event === 'check') {
      for (const leak of this.#emitted.ended(payload.resolved)) this.#announce('resolved', leak)
    }
    this.#remember(event, payload)
    this.#report(event, payload)
  }

  /** Logs that seep is watching, if nothing else has been logged for an hour. */
  #showLife() {
    if (this.#log === null || !this.#life.isDue) return
    this.#life.spoke()
    guarded('log', () => this.#log('watching', this.status()))
  }

  #report(event, payload) {
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
      this.#emitted.add(payload)
      this.#tally.leaked()
      this.#reports?.write(payload, () => this.#reportPage(payload))
    }
  }

  /** Creates the page about a leak. Called after the round's check was reported, so that the page includes it. */
  #reportPage(leak) {
    // Loaded on demand, because most programs never show a page.
    const { reportPage } = require('./page/document')
    const { pageState } = require('./page/state')
    return reportPage(pageState(this.status(), this.#history), leak)
  }

  async #writeSnapshotOnSignal() {
    try {
      await this.writeSnapshot()
    } catch (error) {
      // Reported, but not counted, because no round was skipped.
      if (this.#state === 'stopped') return
      this.#report('skip', skipOf(error))
    }
  }
}

/** Returns a skip with one of seep's codes. An error with a code of Node or Node-API is a bug in seep. */
function skipOf({ code, message }) {
  return inert.skip(inert.SKIP_CODE.test(code) ? code : 'ERR_INTERNAL', message)
}

function stoppedReport() {
  return inert.skippedReport(inert.skip('ERR_STOPPED', 'the detector is stopped'))
}

module.exports = { Watch }

'use strict'

/** What `seep top` knows of the running processes: asks them again and again, and keeps it. */

const { findProcess, listProcesses } = require('../socket/client')

/** Samples kept of each process: as many as there are in its own history. */
const MOST_SAMPLES = 720
/** For each answer. A process whose event loop is busy is shown as it was. */
const PATIENCE_MS = 2000

/** Verdicts that need somebody's attention. */
const RANKS = { leak: 0, suspected: 1, 'native-growth': 1 }
const LEAST_RANK = 2

/**
 * @typedef {object} Row one process
 * @property {string} name `123`, or `123:4` for a Worker
 * @property {object} status of `statusOf` (lib/socket/answers.js)
 * @property {object | null} report of `reportOf`, once it has been asked for
 * @property {number | undefined} reported the revision of that report
 * @property {Record<string, number[]>} samples of its memory, by column
 * @property {string | null} problem why it does not answer now
 */

class Watcher {
  #only
  #parts
  /** @type {Map<string, Row>} */
  #rows = new Map()
  /** Why processes do not answer that never did. */
  problems = []

  /**
   * @param {string | null} only the name of the only process to watch
   * @param {{ list: typeof listProcesses, find: typeof findProcess }} [parts] replaced by tests
   */
  constructor(only, parts = { list: listProcesses, find: findProcess }) {
    this.#only = only
    this.#parts = parts
  }

  /** @returns {Row[]} those with leaks first, then those that may have some */
  get rows() {
    const rankOf = ({ status }) => RANKS[status.verdict] ?? LEAST_RANK
    return [...this.#rows.values()].sort(
      (a, b) =>
        rankOf(a) - rankOf(b) || a.status.pid - b.status.pid || a.status.thread - b.status.thread
    )
  }

  /** Asks every process, and the `selected` one for its report if that has changed. */
  async look(selected) {
    const { processes, silent } = await this.#processes()
    const names = new Set(processes.map(({ name }) => name))
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue
      if (silent.has(Number.parseInt(name, 10))) row.problem = 'does not answer'
      else if (this.#only === null) this.#rows.delete(name)
      else row.problem = 'has ended, or does not answer'
    }
    await Promise.all(processes.map((running) => this.#ask(running, selected)))
  }

  /** Has a process look for leaks now. */
  async check(name) {
    const row = this.#rows.get(name)
    if (row === undefined) return
    const running = await this.#parts.find(name, { timeoutMs: PATIENCE_MS })
    row.status = { ...row.status, detector: { ...row.status.detector, checking: true } }
    await running.check()
  }

  async #processes() {
    if (this.#only === null) {
      const { problems, ...found } = await this.#parts.list({ timeoutMs: PATIENCE_MS })
      this.problems = problems
      return found
    }
    try {
      const running = await this.#parts.find(this.#only, { timeoutMs: PATIENCE_MS })
      return { processes: [running], silent: new Set() }
    } catch (error) {
      // The first time, there is nothing to show.
      if (this.#rows.size === 0) throw error
      return { processes: [], silent: new Set() }
    }
  }

  async #ask(running, selected) {
    const { name } = running
    const before = this.#rows.get(name)
    try {
      const status = await running.status()
      const isWanted = name === selected || (selected === null && before === undefined)
      const isDue = isWanted && before?.reported !== status.revision
      const report = isDue ? await running.report() : (before?.report ?? null)
      const reported = isDue ? status.revision : before?.reported
      const isFirst = report !== null && before?.report == null
      const samples = isFirst ? fromReport(report) : (before?.samples ?? emptySamples())
      const row = { name, status, report, reported, samples: added(samples, status), problem: null }
      this.#rows.set(name, row)
    } catch (error) {
      if (before !== undefined) before.problem = error.message
    }
  }
}

/** Columns of samples, and where a status has them. */
const COLUMNS = {
  floorBytes: ({ memory }) => memory.floorBytes,
  heapUsedBytes: ({ memory }) => memory.heapUsedBytes,
  externalBytes: ({ memory }) => memory.externalBytes,
  rssBytes: ({ memory }) => memory.rssBytes
}

function emptySamples() {
  return Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, []]))
}

function fromReport({ memory }) {
  const recent = memory?.recent ?? emptySamples()
  return Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, [...recent[name]]]))
}

function added(samples, status) {
  for (const [name, of] of Object.entries(COLUMNS)) {
    samples[name].push(of(status) ?? 0)
    if (samples[name].length > MOST_SAMPLES) samples[name].shift()
  }
  return samples
}

module.exports = { Watcher }

'use strict'

/**
 * The leaks of a program and of all the processes that it starts, through a
 * folder: the one thing that reaches a grandchild whatever lies between.
 */

const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { describeLeak } = require('../describe')

const REPORT = /^seep-leak-.+\.json$/

class Reports {
  #folder
  #isOurs
  /** Reports that were there before. */
  #before

  constructor(folder, isOurs, before) {
    this.#folder = folder
    this.#isOurs = isOurs
    this.#before = before
  }

  /** What came since the beginning, the fastest first. */
  async end() {
    const leaks = []
    for (const [name, changedAt] of await reportsIn(this.#folder)) {
      if (this.#before.get(name) === changedAt) continue
      leaks.push(JSON.parse(await fs.readFile(path.join(this.#folder, name), 'utf8')))
    }
    if (this.#isOurs) await fs.rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
    return leaks.sort((a, b) => b.growth.bytesPerHour - a.growth.bytesPerHour)
  }

  /** On stderr: stdout is the program's. */
  show(leaks, asJson) {
    if (asJson) return // each process has written its own, one object a line
    const count = leaks.length === 1 ? 'a memory leak' : `${leaks.length} memory leaks`
    const heading = leaks.length === 0 ? [] : [`seep run: ${count}`]
    for (const text of [...heading, ...leaks.map(describeLeak)]) process.stderr.write(`\n${text}\n`)
  }
}

/** Names and times of change. */
async function reportsIn(folder) {
  const found = new Map()
  let names
  try {
    names = await fs.readdir(folder)
  } catch (error) {
    if (error.code === 'ENOENT') return found
    throw error
  }
  for (const name of names.filter((name) => REPORT.test(name))) {
    found.set(name, (await fs.stat(path.join(folder, name))).mtimeMs)
  }
  return found
}

/**
 * Makes the processes that inherit `env` leave their reports: in the folder that
 * the operator named, else in one of our own that goes at the end.
 *
 * @param {Record<string, string | undefined>} env is changed
 */
async function collectReports(env) {
  const given = env.SEEP_REPORT_DIR?.trim()
  if (given) {
    // A child may have another working directory.
    env.SEEP_REPORT_DIR = path.resolve(given)
    return new Reports(env.SEEP_REPORT_DIR, false, await reportsIn(env.SEEP_REPORT_DIR))
  }
  env.SEEP_REPORT_DIR = await fs.mkdtemp(path.join(os.tmpdir(), 'seep-run-'))
  return new Reports(env.SEEP_REPORT_DIR, true, new Map())
}

module.exports = { collectReports }

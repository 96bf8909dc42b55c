'use strict'

/**
 * Collects the leaks of a program and of all processes that it starts, and whether
 * any was judged. Uses a folder, because that reaches a grandchild whatever
 * processes lie between.
 */

const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { describeLeak, visible } = require('../describe')
const { readMarks } = require('./run-marks')

const REPORT = /^seep-leak-.+\.json$/

class Reports {
  #folder
  /** Folder that is removed at the end. */
  #own
  /** Reports that already existed. */
  #before

  constructor(folder, own, before) {
    this.#folder = folder
    this.#own = own
    this.#before = before
  }

  /** Returns everything since the beginning; leaks are sorted by growth, fastest first. */
  async end() {
    const leaks = []
    for (const [name, changedAt] of await reportsIn(this.#folder)) {
      if (this.#before.get(name) === changedAt) continue
      leaks.push(JSON.parse(await fs.readFile(path.join(this.#folder, name), 'utf8')))
    }
    const marks = readMarks(this.#own)
    await fs.rm(this.#own, { recursive: true, force: true, maxRetries: 3 })
    leaks.sort((a, b) => b.growth.bytesPerHour - a.growth.bytesPerHour)
    return { leaks, ...marks }
  }
}

/** Prints leaks on stderr, because stdout belongs to the program. */
function showLeaks(leaks) {
  const count = leaks.length === 1 ? 'a memory leak' : `${leaks.length} memory leaks`
  const heading = leaks.length === 0 ? [] : [`seep run: ${count}`]
  for (const text of [...heading, ...leaks.map(describeLeak)]) process.stderr.write(`\n${text}\n`)
}

/** Prints that some or all processes have no verdict, and why. */
function showNotJudged(isJudged, reasons) {
  const which = isJudged ? 'not every process could be judged' : 'no process was judged'
  const why = reasons.length === 0 ? ['none ran long enough for a verdict'] : reasons
  process.stderr.write(`\nseep run: ${which}\n${why.map((reason) => `  ${reason}\n`).join('')}`)
}

/** Prints suspects that were still growing at the end. */
function showGrowing(titles) {
  const lines = titles.map((title) => `  ${visible(title)}\n`).join('')
  process.stderr.write(
    `\nseep run: still growing when the program ended, too early for a verdict\n${lines}`
  )
}

/** Prints that there is no leak, and how many processes were judged. */
function showClean(judged, processes) {
  const of = processes === 1 ? 'the process was' : `${judged} of ${processes} processes were`
  const rest = judged < processes ? ', the others ended before a verdict was due' : ''
  process.stderr.write(`\nseep run: no leaks found; ${of} judged${rest}\n`)
}

/** Returns the names of reports, with their modification times. */
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
 * Makes the processes that inherit `env` leave their marks in a temporary folder, which is removed at the end, and
 * also their reports, unless the operator chose another folder for these.
 *
 * @param {Record<string, string | undefined>} env is modified
 */
async function collectReports(env) {
  const given = env.SEEP_REPORT_DIR?.trim()
  // A child may have another working directory.
  const named = given ? path.resolve(given) : undefined
  const before = named === undefined ? new Map() : await reportsIn(named)
  const own = await fs.mkdtemp(path.join(os.tmpdir(), 'seep-run-'))
  env.SEEP_RUN_DIR = own
  env.SEEP_REPORT_DIR = named ?? own
  return new Reports(env.SEEP_REPORT_DIR, own, before)
}

module.exports = { collectReports, showClean, showGrowing, showLeaks, showNotJudged }

'use strict'

/**
 * The leaks of a program and of all the processes that it starts, and whether
 * any was judged, through a folder: the one thing that reaches a grandchild
 * whatever lies between.
 */

const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { describeLeak, visible } = require('../describe')
const { readMarks } = require('./run-marks')

const REPORT = /^seep-leak-.+\.json$/

class Reports {
  #folder
  /** Goes at the end. */
  #own
  /** Reports that were there before. */
  #before

  constructor(folder, own, before) {
    this.#folder = folder
    this.#own = own
    this.#before = before
  }

  /** What came since the beginning, the leaks the fastest first. */
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

/** On stderr: stdout is the program's. */
function showLeaks(leaks) {
  const count = leaks.length === 1 ? 'a memory leak' : `${leaks.length} memory leaks`
  const heading = leaks.length === 0 ? [] : [`seep run: ${count}`]
  for (const text of [...heading, ...leaks.map(describeLeak)]) process.stderr.write(`\n${text}\n`)
}

/** Of which processes nothing is known, and why. */
function showNotJudged(isJudged, reasons) {
  const which = isJudged ? 'not every process could be judged' : 'no process was judged'
  const why = reasons.length === 0 ? ['none ran long enough for a verdict'] : reasons
  process.stderr.write(`\nseep run: ${which}\n${why.map((reason) => `  ${reason}\n`).join('')}`)
}

/** What grew in every check and had no more of them to be judged by. */
function showGrowing(titles) {
  const lines = titles.map((title) => `  ${visible(title)}\n`).join('')
  process.stderr.write(
    `\nseep run: still growing when the program ended, too early for a verdict\n${lines}`
  )
}

/** That it has looked, and of how many processes it can say so. */
function showClean(judged, processes) {
  const of = processes === 1 ? 'the process was' : `${judged} of ${processes} processes were`
  const rest = judged < processes ? ', the others ended before a verdict was due' : ''
  process.stderr.write(`\nseep run: no leaks found; ${of} judged${rest}\n`)
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
 * Makes the processes that inherit `env` leave their marks in a folder of our own, which goes at the end, and
 * their reports there too, unless the operator named another folder for these.
 *
 * @param {Record<string, string | undefined>} env is changed
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

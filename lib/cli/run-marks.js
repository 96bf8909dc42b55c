'use strict'

/**
 * Records which processes `seep run --fail-on-leak` could judge, and which it could
 * not. Each process leaves small files whose names consist of the process and an
 * event. A file is written once and not changed, except the list of objects that
 * still grow, which is removed when there are none.
 */

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const WATCHED = 'watched'
const CAPTURED = 'captured'
const JUDGED = 'judged'
const OFF = 'off'
const BLIND = 'blind'
const GROWING = 'growing'

/** Number of skipped rounds after which a process counts as not captured; one alone may be chance. */
const MANY = 3

/** Records suspects that have grown for `minChecks` intervals without being confirmed or refuted. */
class StillGrowing {
  #file
  #text = ''
  #minChecks

  constructor(file, minChecks) {
    this.#file = file
    this.#minChecks = minChecks
  }

  follow(suspects) {
    const long = suspects.filter(({ growth }) => growth.checks >= this.#minChecks)
    const text = long.map(({ title }) => title).join('\n')
    if (text === this.#text) return
    this.#text = text
    try {
      if (text === '') fs.rmSync(this.#file, { force: true })
      else fs.writeFileSync(this.#file, text, { mode: 0o600 })
    } catch {
      // The folder may be gone.
    }
  }
}

/**
 * Records what happens to the detector of this process.
 *
 * @param {string} folder
 * @param {import('../../index').LeakDetector} detector
 */
function leaveMarks(folder, detector) {
  const left = new Set()
  // Processes in different containers may have the same id.
  const own = `${process.pid}-${randomBytes(4).toString('hex')}`
  const leave = (mark, text = '') => {
    if (left.has(mark)) return
    left.add(mark)
    try {
      fs.writeFileSync(path.join(folder, `${own}.${mark}`), text, { mode: 0o600 })
    } catch {
      // The folder may be gone or not writable; reports cannot be written either, then.
    }
  }
  if (!detector.enabled) return leave(OFF, `seep is disabled: ${detector.disabledReason}`)
  leave(WATCHED)
  let skips = 0
  const stillGrowing = new StillGrowing(
    path.join(folder, `${own}.${GROWING}`),
    detector.status().options.minChecks
  )
  detector.on('check', ({ verdict, suspects }) => {
    leave(CAPTURED)
    if (verdict !== 'insufficient-data') leave(JUDGED)
    stillGrowing.follow(suspects)
  })
  detector.on('skip', ({ code, message }) => {
    skips += 1
    if (skips === MANY) leave(BLIND, `${code}: ${message}`)
  })
}

/**
 * Returns, at the end, whether any process was judged, and the reasons why others were not.
 *
 * @param {string} folder
 * @returns {{ isJudged: boolean, reasons: string[], growing: string[], judged: number, processes: number }} `growing`: titles
 *   of suspects that grew until the end; `processes`: number of processes; `judged`: number of those with a verdict
 */
function readMarks(folder) {
  const names = fs.readdirSync(folder)
  const are = (mark) => names.filter((name) => path.extname(name) === `.${mark}`)
  const saw = new Set(are(CAPTURED).map((name) => path.parse(name).name))
  const judged = are(JUDGED).length
  const isJudged = judged > 0
  const blind = are(BLIND).filter((name) => !saw.has(path.parse(name).name))
  // Switching seep off may be intended for one process, but not for all.
  const kept = isJudged ? blind : [...blind, ...are(OFF)]
  const reasons = kept.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
  const growing = are(GROWING).flatMap((name) =>
    fs.readFileSync(path.join(folder, name), 'utf8').split('\n')
  )
  const processes = are(WATCHED).length
  return { isJudged, reasons: sorted(reasons), growing: sorted(growing), judged, processes }
}

const sorted = (texts) => [...new Set(texts)].sort()

module.exports = { leaveMarks, readMarks }

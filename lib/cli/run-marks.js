'use strict'

/**
 * What `seep run --fail-on-leak` must know beside the leaks: which processes
 * were judged, and which could not be. Each leaves small files named by itself
 * and by what happened in it. A file is left once and never changed, except the
 * one that says what still grows, which goes when nothing does.
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

/** Rounds that all came to nothing: one may be bad luck. */
const MANY = 3

/** What has grown in every check that a leak takes, and is neither confirmed nor refuted. */
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
      // As above: the folder is gone.
    }
  }
}

/**
 * In each process: what becomes of its detector.
 *
 * @param {string} folder
 * @param {import('../../index').LeakDetector} detector
 */
function leaveMarks(folder, detector) {
  const left = new Set()
  // Processes in containers may share an id.
  const own = `${process.pid}-${randomBytes(4).toString('hex')}`
  const leave = (mark, text = '') => {
    if (left.has(mark)) return
    left.add(mark)
    try {
      fs.writeFileSync(path.join(folder, `${own}.${mark}`), text, { mode: 0o600 })
    } catch {
      // Its reports cannot be written either, then; or the folder is gone.
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
 * Afterwards: whether any process was judged, and what kept others from it.
 *
 * @param {string} folder
 * @returns {{ isJudged: boolean, reasons: string[], growing: string[], judged: number, processes: number }} `growing` are
 *   titles of what grew to the end, `processes` how many there were and `judged` of how many seep has said something
 */
function readMarks(folder) {
  const names = fs.readdirSync(folder)
  const are = (mark) => names.filter((name) => path.extname(name) === `.${mark}`)
  const saw = new Set(are(CAPTURED).map((name) => path.parse(name).name))
  const judged = are(JUDGED).length
  const isJudged = judged > 0
  const blind = are(BLIND).filter((name) => !saw.has(path.parse(name).name))
  // Somebody may switch it off for one process on purpose, but not for all.
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

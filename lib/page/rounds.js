'use strict'

/** The latest rounds: what came of each and what it cost, in a fixed amount of memory. */

const { Rows } = require('./rows')

const MAX_ROUNDS = 200

const VERDICTS = ['leak', 'suspected', 'healthy', 'native-growth', 'insufficient-data']
const CAPTURES = ['walk', 'fork', 'inline']

const SNAPSHOT = ['nodes', 'edges', 'jsonBytes', 'selfBytes']
/** Of the cost, what one looks for later; the last check has all of it. */
const COST = [
  'pauseMs',
  'captureMs',
  'analysisMs',
  'analysisCpuMs',
  'peakAnalysisBytes',
  'attempts'
]
const CHILD = ['cpuMs', 'privateBytes', 'copiedBytes']

/** `skips` counts rounds that were skipped alike; 0 for a check. */
const COLUMNS = [
  'at',
  'skips',
  'verdict',
  'leaks',
  'suspects',
  'capture',
  ...SNAPSHOT,
  ...COST,
  ...CHILD
]

class Rounds {
  #rows = new Rows(COLUMNS, MAX_ROUNDS)
  /** Code and message of each row; null for a check. */
  #reasons = new Array(MAX_ROUNDS).fill(null)
  #pushed = 0

  /** @param {object} report a CheckReport with a verdict */
  checked({ at, verdict, leaks, suspects, snapshot, cost }) {
    this.#push(null, {
      at: Date.parse(at),
      skips: 0,
      verdict: VERDICTS.indexOf(verdict),
      leaks: leaks.length,
      suspects: suspects.length,
      ...snapshot,
      ...cost,
      ...cost?.child,
      capture: cost === null ? undefined : CAPTURES.indexOf(cost.capture)
    })
  }

  /** A round that came to nothing; the same again is one more of the same. */
  skipped({ code, message, at }) {
    const last = this.#rows.length - 1
    const isSame = last >= 0 && this.#reasonOf(last)?.code === code
    const skips = isSame ? this.#rows.row(last).skips + 1 : 1
    const row = { at: Date.parse(at), skips }
    if (isSame) this.#rows.setLast(row)
    else this.#push({ code, message }, row)
  }

  /** All of them, JSON-safe, oldest first. */
  list() {
    return Array.from({ length: this.#rows.length }, (_, i) =>
      told(this.#rows.row(i), this.#reasonOf(i))
    )
  }

  #push(reason, row) {
    this.#rows.push(row)
    this.#reasons[this.#pushed % MAX_ROUNDS] = reason
    this.#pushed += 1
  }

  #reasonOf(index) {
    return this.#reasons[(this.#pushed - this.#rows.length + index) % MAX_ROUNDS]
  }
}

function told(row, reason) {
  const at = new Date(row.at).toISOString()
  if (reason !== null) return { kind: 'skip', at, ...reason, count: row.skips }
  return {
    kind: 'check',
    at,
    verdict: VERDICTS[row.verdict],
    leaks: row.leaks,
    suspects: row.suspects,
    snapshot: part(row, SNAPSHOT),
    cost: Number.isNaN(row.capture)
      ? null
      : { capture: CAPTURES[row.capture], ...part(row, COST), child: part(row, CHILD) }
  }
}

/** Some fields of a row; null where they are not known, or the first is not. */
function part(row, names) {
  if (Number.isNaN(row[names[0]])) return null
  const known = (name) => (Number.isNaN(row[name]) ? null : row[name])
  return Object.fromEntries(names.map((name) => [name, known(name)]))
}

module.exports = { MAX_ROUNDS, Rounds }

'use strict'

/** Records the results and costs of the latest rounds in a fixed amount of memory. */

const { Rows } = require('./rows')

const MAX_ROUNDS = 200

const VERDICTS = ['leak', 'suspected', 'healthy', 'native-growth', 'insufficient-data']
const CAPTURES = ['walk', 'fork', 'inline']

const SNAPSHOT = ['nodes', 'edges', 'jsonBytes', 'selfBytes']
/** Main figures of the cost; the last check has all of them. */
const COST = [
  'pauseMs',
  'captureMs',
  'analysisMs',
  'analysisCpuMs',
  'peakAnalysisBytes',
  'attempts'
]
const CHILD = ['cpuMs', 'privateBytes', 'copiedBytes']

/** `skips` counts consecutive rounds skipped for the same reason; 0 for a check. */
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

  /** Records a skipped round. Consecutive ones with the same code share a row. */
  skipped({ code, message, at }) {
    const last = this.#rows.length - 1
    const isSame = last >= 0 && this.#reasonOf(last)?.code === code
    const skips = isSame ? this.#rows.row(last).skips + 1 : 1
    const row = { at: Date.parse(at), skips }
    if (isSame) this.#rows.setLast(row)
    else this.#push({ code, message }, row)
  }

  /** Returns all rounds, JSON-safe, oldest first. */
  list() {
    return Array.from({ length: this.#rows.length }, (_, i) =>
      roundOf(this.#rows.row(i), this.#reasonOf(i))
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

function roundOf(row, reason) {
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

/** Returns some fields of a row, or null if the first one is unknown. Other unknown fields are null. */
function part(row, names) {
  if (Number.isNaN(row[names[0]])) return null
  const known = (name) => (Number.isNaN(row[name]) ? null : row[name])
  return Object.fromEntries(names.map((name) => [name, known(name)]))
}

module.exports = { MAX_ROUNDS, Rounds }

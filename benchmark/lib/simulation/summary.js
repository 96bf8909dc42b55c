'use strict'

/** The lives of many programs in figures. */

const HOUR = 60
const DAY = 24 * HOUR

const percent = (part, whole) =>
  `${((100 * part) / whole).toFixed(part === 0 || part === whole ? 0 : 1)} %`

/** The value below which a share of the others lie. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
}

const middleAndMost = (values) =>
  values.length === 0 ? '-' : `${quantile(values, 0.5)}, ${Math.max(...values)}`

/** The captures of the busiest day. */
function mostInADay(captures) {
  const from = (begin) => captures.filter((at) => at >= begin && at < begin + DAY).length
  return Math.max(0, ...captures.map(from))
}

/** @param {ReturnType<import('./life').live>[]} lives of one program that leaks */
function ofLeak(lives) {
  const told = lives.filter(({ toldAt }) => toldAt !== null)
  // A leak that begins later can be told no sooner, and one from the start not before the fourth capture.
  const delays = told.map(({ toldAt, from, fourthAt }) => toldAt - Math.max(from, fourthAt ?? 0))
  return {
    told: told.length / lives.length,
    toldInAnHour: delays.filter((delay) => delay <= HOUR).length / lives.length,
    delay: quantile(delays, 0.5),
    delay95: quantile(delays, 0.95),
    captures: quantile(
      told.map(({ captures }) => captures.length),
      0.5
    ),
    falsely: lives.filter(({ falselyAt }) => falselyAt !== null).length / lives.length,
    calledHealthy: lives.filter(({ calledHealthy }) => calledHealthy).length / lives.length
  }
}

/** @param {ReturnType<import('./life').live>[]} lives of one program that does not */
function ofHealthy(lives) {
  const days = lives.map(({ captures }) => mostInADay(captures))
  return {
    falsely: lives.filter(({ falselyAt }) => falselyAt !== null).length / lives.length,
    captures: quantile(days, 0.5),
    mostCaptures: Math.max(...days),
    capturesOfHealthy: middleAndMost(
      lives
        .filter(({ falselyAt }) => falselyAt === null)
        .map(({ captures }) => mostInADay(captures))
    )
  }
}

/** Heads and rows of the two tables. */
function tables(results) {
  return [tableOfLeaks(results), tableOfHealthy(results)]
}

function tableOfLeaks(results) {
  const figuresOf = (lives) => {
    const it = ofLeak(lives)
    return [
      percent(it.told, 1),
      percent(it.toldInAnHour, 1),
      `${it.delay ?? '-'}, ${it.delay95 ?? '-'}`,
      percent(it.calledHealthy, 1),
      percent(it.falsely, 1)
    ]
  }
  return {
    head: [
      'leak',
      'captures by',
      'reported in a day',
      'in an hour',
      'rounds (median, 95 %)',
      'called healthy',
      'something else reported'
    ],
    rows: results
      .filter(({ program }) => program.leak)
      .flatMap(({ program, lives, withCode }) => [
        [program.name, 'V8', ...figuresOf(lives)],
        ['', 'a walk', ...figuresOf(withCode)]
      ])
  }
}

function tableOfHealthy(results) {
  const rowOf = ({ program, lives, withCode }) => {
    const [byV8, byWalk] = [ofHealthy(lives), ofHealthy(withCode)]
    return [
      program.name,
      percent(byV8.falsely, 1),
      percent(byWalk.falsely, 1),
      `${byWalk.captures}, ${byWalk.mostCaptures}`,
      byWalk.capturesOfHealthy
    ]
  }
  return {
    head: [
      'healthy program',
      'with an event, by V8',
      'by a walk',
      'captures in a day (median, most)',
      'without an event'
    ],
    rows: results.filter(({ program }) => !program.leak).map(rowOf)
  }
}

module.exports = { mostInADay, ofHealthy, ofLeak, quantile, tables }

'use strict'

/** What came of one program in the field, and of all of them. */

const { compare } = require('../verdict/score')

/** Captures that a verdict takes. */
const FIRST = 4

/**
 * @param {object} answer of child.js
 */
function outcomeOf({ expect, events, checks, rounds, captures, skips, spentMs }) {
  const wanted = [expect, ...(expect.others ?? [])]
  const isWanted = ({ leak }) => expect.leak && wanted.some((it) => compare(leak, it).isIt)
  const toldAt = events.find(({ leak }) => expect.leak && compare(leak, expect).isIt)?.round ?? null
  const falsely = events.filter((event) => !isWanted(event))
  const fourthAt = checks[FIRST - 1]?.round ?? null
  return {
    rounds,
    captures,
    capturedAt: checks.map(({ round }) => round),
    verdicts: checks.map(({ verdict }) => verdict),
    spentMs,
    skips,
    toldAt,
    afterFourth: toldAt === null || fourthAt === null ? null : toldAt - fourthAt,
    falsely: [...new Set(falsely.map(({ leak, round }) => `${leak.title} (interval ${round})`))],
    calledHealthy: expect.leak ? checks.filter(({ verdict }) => verdict === 'healthy').length : 0,
    nativeGrowth: checks.filter(({ verdict }) => verdict === 'native-growth').length,
    suspects: checks.at(-1)?.suspects ?? []
  }
}

/** Whether everything was as it must be. */
function isRight({ expect, outcome }) {
  const { toldAt, falsely, calledHealthy } = outcome
  return falsely.length === 0 && (!expect.leak || (toldAt !== null && calledHealthy === 0))
}

function middleAndMost(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  return sorted.length === 0 ? '-' : `${sorted[sorted.length >> 1]}, ${sorted.at(-1)}`
}

const of = (part, whole) => `${part.length} of ${whole.length}`

/** Sums, as rows of a table. */
function totals(results) {
  const leaks = results.filter(({ expect }) => expect.leak).map(({ outcome }) => outcome)
  const healthy = results.filter(({ expect }) => !expect.leak).map(({ outcome }) => outcome)
  const told = leaks.filter(({ toldAt }) => toldAt !== null)
  const all = [...leaks, ...healthy]
  const cpuMs = all.reduce((sum, { spentMs }) => sum + spentMs, 0)
  const captures = all.reduce((sum, outcome) => sum + outcome.captures, 0)
  return [
    ['leaks told', of(told, leaks)],
    ['interval of the first event (median, most)', middleAndMost(told.map((it) => it.toldAt))],
    ['intervals after the fourth capture', middleAndMost(told.map((it) => it.afterFourth))],
    [
      'captures up to then',
      middleAndMost(told.map((it) => it.capturedAt.filter((at) => at <= it.toldAt).length))
    ],
    [
      'leaks ever called healthy',
      of(
        leaks.filter(({ calledHealthy }) => calledHealthy > 0),
        leaks
      )
    ],
    [
      'leaking programs with another event',
      of(
        leaks.filter(({ falsely }) => falsely.length > 0),
        leaks
      )
    ],
    [
      'healthy programs with an event',
      of(
        healthy.filter(({ falsely }) => falsely.length > 0),
        healthy
      )
    ],
    [
      'programs called `native-growth`',
      of(
        all.filter(({ nativeGrowth }) => nativeGrowth > 0),
        all
      )
    ],
    ['captures of a healthy program', middleAndMost(healthy.map((it) => it.captures))],
    ['processor time per capture', captures === 0 ? '-' : `${Math.round(cpuMs / captures)} ms`]
  ]
}

module.exports = { isRight, outcomeOf, totals }

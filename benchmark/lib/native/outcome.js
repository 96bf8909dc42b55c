'use strict'

/** What came of one program, and of all of them. */

const { textOf } = require('../verdict/score')

/** The account adds up if this much of the resident memory has no name. */
const MOST_UNATTRIBUTED = 0.03
/** And off the event loop, it takes this long. */
const MOST_TOOK_MS = 5

function middle(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length === 0 ? null : sorted[sorted.length >> 1]
}

const most = (values) => (values.length === 0 ? null : Math.max(...values))

/** Share of the resident memory that the account leaves without a name, what nobody can know apart. */
function unattributedShare({ rssBytes, parts, ownBytes }) {
  return Math.abs(parts.unattributedBytes - ownBytes) / rssBytes
}

/** How far the parts are from their sum. */
function gapShare({ rssBytes, parts }) {
  const sum = Object.values(parts).reduce((total, bytes) => total + (bytes ?? 0), 0)
  return Math.abs(sum - rssBytes) / rssBytes
}

function accountOf(readings) {
  const shares = readings.map(unattributedShare)
  const took = readings.map(({ tookMs }) => tookMs)
  return {
    readings: readings.length,
    unattributed: { middle: middle(shares), most: most(shares) },
    gap: most(readings.map(gapShare)),
    tookMs: { middle: middle(took), most: most(took) }
  }
}

/** Whether a leak is the one that is expected: all its words are in what the report names. */
function isLeak(leak, words) {
  if (words === undefined) return false
  const text = `${leak.title}\n${leak.items.className}\n${textOf(leak)}`
  return words.every((word) => text.includes(word))
}

function isCulprit({ culprits, evidence, title }, { culprit }) {
  return culprit === undefined || [title, ...culprits, ...evidence].join('\n').includes(culprit)
}

/**
 * @param {object} answer of child.js
 */
function outcomeOf({ expect, readings, growths, leaks, skips, captures, truth }) {
  const isRightKind = ({ growth }) => expect.kinds.includes(growth.kind)
  const rightGrowths = growths.filter(isRightKind)
  const rightLeaks = leaks.filter(({ leak }) => isLeak(leak, expect.leak))
  const first = (events) => events.at(0)?.round ?? null
  const toldAt = [first(rightGrowths), first(rightLeaks)].filter((round) => round !== null)
  const falsely = [
    ...growths
      .filter((event) => !isRightKind(event))
      .map(({ growth, round }) => `${growth.kind}: ${growth.title} (reading ${round})`),
    ...leaks
      .filter(({ leak }) => !isLeak(leak, expect.leak))
      .map(({ leak, round }) => `leak: ${leak.title} (reading ${round})`)
  ]
  const kinds = [...new Set(growths.map(({ growth }) => growth.kind))]
  const explained = readings.flatMap(({ native }) =>
    native && !native.isGrowth ? native.kind : []
  )
  return {
    expected: expect.kinds,
    toldAt: toldAt.length === 0 ? null : Math.min(...toldAt),
    kinds: [...kinds, ...(rightLeaks.length > 0 ? ['leak'] : [])],
    titles: [
      ...new Set([
        ...rightGrowths.map(({ growth }) => growth.title),
        ...rightLeaks.map(({ leak }) => leak.title)
      ])
    ],
    hasCulprit:
      rightLeaks.length > 0 || rightGrowths.some(({ growth }) => isCulprit(growth, expect)),
    culprits: rightGrowths.at(-1)?.growth.culprits ?? [],
    advice: rightGrowths.at(-1)?.growth.advice ?? null,
    explained: [...new Set(explained)],
    oddlyExplained: [...new Set(explained)].filter((it) => !(expect.explains ?? []).includes(it)),
    falsely,
    verdicts: readings.map(({ verdict }) => verdict),
    lastVerdict: readings.findLast(({ verdict }) => verdict !== 'skipped')?.verdict ?? null,
    account: accountOf(readings),
    skips,
    captures,
    truth
  }
}

/** Whether what was said is right. */
function isRight({ expected, toldAt, hasCulprit, falsely, lastVerdict }) {
  if (falsely.length > 0) return false
  if (expected.length > 0) return toldAt !== null && hasCulprit
  return lastVerdict !== 'native-growth' && lastVerdict !== 'leak'
}

/** Whether the account adds up at each reading. */
function addsUp({ account }) {
  return account.readings > 0 && account.unattributed.most <= MOST_UNATTRIBUTED && account.gap === 0
}

const of = (part, whole) => `${part.length} of ${whole.length}`

/** Sums, as rows of a table. */
function totals(outcomes) {
  const growing = outcomes.filter(({ expected }) => expected.length > 0)
  const healthy = outcomes.filter(({ expected }) => expected.length === 0)
  const worst = (pick) => most(outcomes.map(({ account }) => pick(account)))
  const toldAt = growing.map((it) => it.toldAt).filter((at) => at !== null)
  return [
    ['causes told, with the culprit and nothing else', of(growing.filter(isRight), growing)],
    ['reading of the first event (median, most)', `${middle(toldAt)}, ${most(toldAt)}`],
    ['healthy programs of which nothing is told', of(healthy.filter(isRight), healthy)],
    ['accounts that add up within 3 % at each reading', of(outcomes.filter(addsUp), outcomes)],
    ['most without a name', percent(worst(({ unattributed }) => unattributed.most))],
    [
      `accounts that take ${MOST_TOOK_MS} ms at most in the median`,
      of(
        outcomes.filter(({ account }) => account.tookMs.middle <= MOST_TOOK_MS),
        outcomes
      )
    ],
    ['longest', milliseconds(worst(({ tookMs }) => tookMs.most))]
  ]
}

function percent(share) {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}

function milliseconds(ms) {
  return ms === null ? '-' : `${ms.toFixed(1)} ms`
}

module.exports = { addsUp, isRight, milliseconds, outcomeOf, percent, totals }

'use strict'

/** The leaks of a report as replies show them: as many in full as there is room for, and the others in brief. */

const { bytes, headline, howCreated, whereToLook } = require('../describe')
const { cut, name, sentencesOf } = require('./names')
const { firstThatFits } = require('./reply')
const { withoutUndefined } = require('./rows')

/** Lines of a path: of a long one, the beginning and the end are shown. */
const PATH_LINES = { first: 2, last: 8 }

/** Characters of advice where there is little room: its first sentence, mostly. */
const SHORT_SENTENCE = 160

/** Leaks of one reply. */
const MOST_LEAKS = 5

function shortPath(text) {
  const lines = text.trimEnd().split('\n')
  const { first, last } = PATH_LINES
  const omitted = lines.length - first - last
  if (omitted < 2) return lines.join('\n')
  const middle = `${' '.repeat(2 * first)}… ${omitted} steps …`
  return [...lines.slice(0, first), middle, ...lines.slice(-last)].join('\n')
}

/** Returns the path in one line, such as `module app.js → sessions → Map → […] → Session`. */
function pathLine(steps) {
  const parts = steps.flatMap(({ edge, label }, at) => {
    return at === 0 && edge.kind === 'root' ? [name(edge.label)] : [name(edge.label), name(label)]
  })
  if (parts.length <= 14) return parts.join(' → ')
  return [...parts.slice(0, 3), '…', ...parts.slice(-9)].join(' → ')
}

/** What grows, per request where these were counted, else per hour. */
function paceOf({ bytesPerRequest, bytesPerHour }) {
  if (bytesPerRequest !== null) return `${bytes(bytesPerRequest)} per request`
  return `${bytes(bytesPerHour)} per hour`
}

/** Returns the lines that say where to look. */
function placeLines({ at, declared, createdIn, storedIn }, allocations) {
  const lines = {
    at,
    'variable declared at': declared,
    [howCreated(allocations?.createdIn)]: createdIn,
    'stored in': storedIn
  }
  return Object.entries(lines).flatMap(([word, place]) =>
    place === undefined ? [] : `${word} ${place}`
  )
}

/**
 * Returns one leak as text and as data, at three lengths: `full`, `short` with less advice and no tree of its path, and `brief`,
 * which says which it is and where.
 *
 * @param {object} leak LeakReport
 * @param {import('./places').Places} places
 */
async function leakRow(leak, places) {
  const sentence = sentencesOf(leak)
  const { createdIn, storedIn } = leak.allocations ?? {}
  const brief = withoutUndefined({
    title: sentence(leak.title, { most: 400 }),
    verdict: name(leak.verdict),
    at: places.of(whereToLook(leak)),
    declared: await places.declared(leak.path),
    createdIn: places.frame(createdIn),
    storedIn: places.frame(storedIn),
    fingerprint: name(leak.id)
  })
  const pace = withoutUndefined({
    bytesPerHour: Math.round(leak.growth.bytesPerHour),
    bytesPerCall:
      leak.growth.bytesPerRequest === null ? undefined : Math.round(leak.growth.bytesPerRequest)
  })
  const path = pathLine(leak.path)
  const advice = sentence(leak.advice)
  const doubts = leak.evidence.against.slice(0, 2).map((it) => sentence(it, { most: 200 }))
  const tree = sentence(shortPath(leak.pathText), { most: 1500, lines: true })
  const known = `${paceOf(leak.growth)}, fingerprint ${brief.fingerprint}`
  const shortly = { advice: cut(advice, SHORT_SENTENCE), doubts: doubts.slice(0, 1) }
  const textOf = (...lines) => {
    const below = [...placeLines(brief, leak.allocations), ...lines]
    return [headline({ ...leak, title: brief.title }), ...below.map((it) => `  ${it}`)].join('\n')
  }
  return {
    full: {
      data: { ...brief, ...pace, path, advice, ...listOf(doubts) },
      text: textOf(...tree.split('\n'), advice, known, ...doubts.map(but))
    },
    short: {
      data: { ...brief, ...pace, path, advice: shortly.advice, ...listOf(shortly.doubts) },
      text: textOf(shortly.advice, known, ...shortly.doubts.map(but))
    },
    brief: { data: brief, text: textOf(`fingerprint ${brief.fingerprint}`) }
  }
}

function listOf(doubts) {
  return doubts.length > 0 ? { doubts } : {}
}

function but(doubt) {
  return `but: ${doubt}`
}

/**
 * Returns a reply about leaks: as many in full as fit, the rest in brief. The cursor continues with the first that was brief.
 *
 * @param {{ leaks: object[], offset: number, head: object, intro: string[], hint: string, places: import('./places').Places }} what
 */
async function leaksReply({ leaks, offset, head, intro, hint, places }, most) {
  const wanted = leaks.slice(offset, offset + MOST_LEAKS)
  const rows = await Promise.all(wanted.map((leak) => leakRow(leak, places)))
  const build = (shown, whole) => {
    // One that does not fit at all is not offered again.
    const end = offset + Math.max(whole, 1)
    return {
      text: [...intro, ...shown.map(({ text }) => text)].join('\n\n'),
      structured: {
        ...head,
        leaks: shown.map(({ data }) => data),
        total: leaks.length,
        next: end < leaks.length ? String(end) : undefined,
        hint
      }
    }
  }
  function* candidates() {
    const briefly = rows.map(({ brief }) => brief)
    for (const length of ['full', 'short']) {
      for (let whole = rows.length; whole > 0; whole--) {
        const first = rows.slice(0, whole).map((row) => row[length])
        // Of the first alone, everything is said before others are mentioned.
        const least = whole === 1 ? whole : rows.length
        for (let end = rows.length; end >= least; end--) {
          yield build([...first, ...briefly.slice(whole, end)], whole)
        }
      }
    }
    for (let end = rows.length; end >= 0; end--) yield build(briefly.slice(0, end), end)
  }
  return firstThatFits(candidates(), most)
}

module.exports = { leaksReply }

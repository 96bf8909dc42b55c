'use strict'

/** Compares what was reported with what a right answer must mention (`expect` of the program). */

const { comparePlaces, placesOf } = require('./places')

/** Rounds after the confirmation in which stacks must have come: a leak is told once more when they do. */
const STACK_ROUNDS = 2

/** Other names under which V8 files the same thing; anything not here must be called by its own name. */
const ALSO = {
  Buffer: ['FastBuffer', 'Uint8Array', 'ArrayBuffer'],
  Uint8Array: ['Buffer', 'FastBuffer', 'ArrayBuffer'],
  number: ['heap number', 'object elements', 'numbers'],
  'sliced string': ['(sliced string)'],
  string: ['(string)', '(concatenated string)', 'concatenated string', '(sliced string)'],
  closure: ['Function', '(closure)', '()']
}

/** What the report says of the holder and the way to it, as one text. */
function textOf({ container, path, pathText }) {
  const steps = path.map(({ edge, className }) => `${edge.name} ${className}`)
  return [container.className, container.name, ...steps, pathText].join('\n')
}

function itemMatches({ items }, wanted) {
  if (wanted === null) return true
  const name = wanted.replace(/^closure (?=.)/, '')
  return [wanted, name, ...(ALSO[wanted] ?? [])].some((text) => items.className.includes(text))
}

/** How one finding answers one expectation. */
function compare(finding, { pathIncludes, leakedType }) {
  const holder = `${finding.container.className}\n${finding.container.name}`
  const text = textOf(finding)
  const container = pathIncludes.some((part) => holder.includes(part))
  const item = itemMatches(finding, leakedType)
  const path = pathIncludes.every((part) => text.includes(part))
  return { container, item, path, isIt: path || (container && item) }
}

/** The answer of a detector that names what it found, for a program that leaks. */
function scoreLeak(findings, expect) {
  const compared = findings.map((finding) => compare(finding, expect))
  const rank = compared.findIndex(({ isIt }) => isIt) + 1
  const others = expect.others ?? []
  const known = (finding, index) =>
    compared[index].isIt || others.some((other) => compare(finding, other).isIt)
  const { container, item, path } = compared[Math.max(0, rank - 1)] ?? {
    container: false,
    item: false,
    path: false
  }
  return {
    rank: rank === 0 ? null : rank,
    container: rank > 0 && container,
    item: rank > 0 && item,
    path: rank > 0 && path,
    extra: findings.filter((finding, index) => !known(finding, index)).map(({ title }) => title),
    others: others.filter((other) => findings.some((finding) => compare(finding, other).isIt))
      .length
  }
}

/** One run of one program under the detector. */
function score({ name, expect, seen: { checks, events } }) {
  // A skipped round says nothing; what was said before it stands.
  const last = checks.findLast(({ verdict }) => verdict !== 'skipped') ?? checks.at(-1)
  const skipped = checks.filter(({ verdict }) => verdict === 'skipped').map(({ skip }) => skip.code)
  const base = {
    verdict: last.verdict,
    verdicts: checks.map(({ verdict }) => verdict),
    titles: last.leaks.map(({ title }) => title),
    suspects: last.suspects.map(({ title }) => title),
    ids: last.leaks.map(({ id }) => id),
    events: events.length,
    skipped
  }
  if (!expect.leak) {
    const falsely = [
      ...new Set([...events.map(({ round, title }) => `${title} (check ${round})`), ...base.titles])
    ]
    // Silence of a detector that could not look is no right answer.
    const looked = last.verdict !== 'skipped' && last.verdict !== 'insufficient-data'
    return {
      ...base,
      ok: looked && falsely.length === 0 && last.verdict !== 'leak',
      looked,
      falsely
    }
  }
  const answer = scoreLeak(last.leaks, expect)
  const first =
    checks.findIndex(({ leaks }) => leaks.some((leak) => compare(leak, expect).isIt)) + 1
  const due = checks[Math.min(first - 1 + STACK_ROUNDS, checks.length - 1)]
  const told = first === 0 ? undefined : due.leaks.find((leak) => compare(leak, expect).isIt)
  const found = last.verdict === 'leak' && answer.rank !== null
  return {
    ...base,
    ...answer,
    found,
    checksNeeded: first === 0 ? null : first,
    stack: comparePlaces(told?.allocations, placesOf({ name, expect })),
    ok: found && answer.rank === 1 && answer.path && answer.extra.length === 0
  }
}

module.exports = { compare, score, scoreLeak, textOf }

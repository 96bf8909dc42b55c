'use strict'

/** `seep verify [--json] [--leak ID] [--keep-order] BEFORE... -- AFTER...`: tells whether a fix works. */

const { count, describeLeak, plural, signed, visible } = require('../describe')
const { verifyWithProgress } = require('../verify')
const { parseCommand, usage } = require('./arguments')
const { LEAK, NOT_JUDGED } = require('./exit-codes')
const { withProgress } = require('./progress')
const { checkDistinct, checkOrder } = require('./snapshot-files')

const OPTIONS = {
  json: { type: 'boolean' },
  leak: { type: 'string' },
  'keep-order': { type: 'boolean' }
}

const EXIT_CODES = { fixed: 0, 'not-fixed': LEAK, undecided: NOT_JUDGED }

const STATUSES = {
  gone: 'gone, no longer growing',
  slower: 'still growing, slower',
  same: 'still growing',
  faster: 'still growing, faster',
  new: 'new',
  unclear: 'unclear'
}

/** Returns a pace in every unit that is known. */
function pace({ itemsPerSnapshot, bytesPerSnapshot, bytesPerHour }) {
  const items = itemsPerSnapshot > 0 ? [`${count(itemsPerSnapshot)} more per snapshot`] : []
  const perHour = bytesPerHour === null ? [] : [`${signed(bytesPerHour)}/h`]
  return [...items, `${signed(bytesPerSnapshot)} per snapshot`, ...perHour].join(', ')
}

function hours(value) {
  if (value === null) return 'times unknown'
  if (value < 1 / 60) return `${(value * 3600).toFixed(1)} s`
  return value < 1 ? `${(value * 60).toFixed(1)} min` : `${value.toFixed(1)} h`
}

function describeSide(name, { files, hours: span, heap, report }) {
  const grew = heap === null ? '' : `, heap ${pace({ itemsPerSnapshot: 0, ...heap })}`
  return `  ${name}  ${plural(files, 'file')}, ${hours(span)}: ${report.verdict}${grew}`
}

function describeFollowed({ id, status, title, before, after, doubt, report }) {
  const was = before === null ? 'not growing' : pace(before)
  const is = doubt?.message ?? (after === null ? 'not growing' : pace(after))
  const paces = [`  before  ${was}`, `  after   ${is}`].join('\n')
  const heading = STATUSES[status]
  if (after === null) return visible(`${heading}: ${title} (${id})\n${paces}`)
  return `${heading} (${id}):\n${paces}\n\n${describeLeak(report)}`
}

function describe({ outcome, reasons, leaks, before, after }) {
  const head = [
    `seep: verify ${outcome}`,
    ...reasons.map(({ message }) => `  ${visible(message)}`),
    describeSide('before', before),
    describeSide('after ', after)
  ]
  return [head.join('\n'), ...leaks.map(describeFollowed)].join('\n\n')
}

/** Returns the options, which may be anywhere, and the files on both sides of `--`. */
function parse(args) {
  const at = args.indexOf('--')
  if (at === -1) {
    const message = 'expected -- between the files from before the fix and those from after it'
    throw usage(message)
  }
  const sides = [args.slice(0, at), args.slice(at + 1)].map((side) =>
    parseCommand('verify', side, OPTIONS)
  )
  const [before, after] = sides.map(({ positionals }) => positionals)
  for (const [name, files] of [
    ['before', before],
    ['after', after]
  ]) {
    if (files.length >= 2) continue
    const message = `expected two snapshot files or more from ${name} the fix, oldest first`
    throw usage(message)
  }
  return { values: { ...sides[0].values, ...sides[1].values }, before, after }
}

async function main(args) {
  const { values, before, after } = parse(args)
  await checkDistinct([...before, ...after])
  if (!values['keep-order']) {
    await checkOrder(before)
    await checkOrder(after)
  }
  const options = values.leak === undefined ? {} : { leak: values.leak }
  const verified = await withProgress((progress) =>
    verifyWithProgress(before, after, options, progress)
  )
  process.stdout.write(`${values.json ? JSON.stringify(verified) : describe(verified)}\n`)
  process.exitCode = EXIT_CODES[verified.outcome]
}

module.exports = { OPTIONS, main }

'use strict'

const { bytes } = require('../../describe')
const { verifyWithProgress } = require('../../verify')
const { name, sentencesOf } = require('../names')
const { checkAscending } = require('../order')
const { page } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { withoutUndefined } = require('../rows')

const HINTS = {
  fixed: 'nothing: the leak is gone',
  'not-fixed': 'call leaks with the files of after for what still grows',
  undecided: 'take more snapshots of the fixed program, after as much work as before'
}

function signed(value) {
  return `${value < 0 ? '-' : '+'}${bytes(Math.abs(value))}`
}

function rate(pace) {
  return pace === null ? 'not growing' : `${signed(pace.bytesPerSnapshot)} per snapshot`
}

function followedRow(leak) {
  const sentence = sentencesOf(leak.report)
  return withoutUndefined({
    status: leak.status,
    title: sentence(leak.title, { most: 400 }),
    before: rate(leak.before),
    after: leak.doubt === null ? rate(leak.after) : sentence(leak.doubt.message, { most: 200 }),
    fingerprint: leak.id
  })
}

function followedLine({ status, title, before, after, fingerprint }) {
  return `${status}: ${title} (${fingerprint})\n  before ${before}, after ${after}`
}

module.exports = {
  name: 'verify',
  description:
    'Whether a fix works: 3+ snapshots of the program before it, and 3+ after it under the same work.',
  input: z.strictObject({
    before: args.files,
    after: args.files,
    fingerprint: args.key().optional(),
    ...PAGED
  }),
  output: z.looseObject({
    outcome: z.oneOf(['fixed', 'not-fixed', 'undecided']),
    leaks: rows(),
    ...REST
  }),

  async run({ before, after, fingerprint, cursor, maxBytes }, context) {
    const { roots, reports } = context
    const all = await roots.files([...before, ...after])
    const sides = [all.slice(0, before.length), all.slice(before.length)]
    for (const files of sides) await checkAscending(files)
    const work = (progress) => verifyWithProgress(...sides, { leak: fingerprint }, progress)
    const kind = ['verify', before.length, fingerprint ?? null]
    const report = await reports.of(all, context, work, kind)
    const offset = Number(cursor ?? 0)
    const reasons = report.reasons.map(({ message }) => name(message, 200))
    return page(
      {
        head: { outcome: report.outcome, reasons },
        list: 'leaks',
        intro: [`seep: verify ${report.outcome}`, ...reasons.map((it) => `  ${it}`)],
        rows: report.leaks.slice(offset).map(followedRow),
        total: report.leaks.length,
        offset,
        line: followedLine,
        hint: HINTS[report.outcome]
      },
      maxBytes
    )
  }
}

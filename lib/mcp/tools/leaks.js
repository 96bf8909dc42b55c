'use strict'

const { describeCheck } = require('../../describe')
const { leaksReply } = require('../leak-rows')
const { visible } = require('../names')
const { checkAscending } = require('../order')
const { PAGED, REST, args, row, z } = require('../schema')
const { suspectsReply } = require('../suspects')

/** Files with which growth is confirmed as a detector confirms it. */
const ENOUGH_FILES = 4

/** Returns which measurements are missing for a better answer. */
function missingFrom(files, leaks) {
  const missing = []
  if (files.length < ENOUGH_FILES) {
    missing.push(`more snapshots: ${files.length} of ${ENOUGH_FILES} for a confirmed verdict`)
  }
  if (leaks.length > 0 && leaks.every(({ allocations }) => allocations === null)) {
    missing.push('allocation stacks (created in, stored in): a running process samples them')
  }
  if (leaks.length > 0 && leaks.every(({ growth }) => growth.bytesPerRequest === null)) {
    missing.push('bytes per call: snapshots count no requests')
  }
  return missing
}

const VERDICTS = {
  leak: 'fix the first leak at its place, take as many snapshots of the fixed program, and call verify',
  suspected: 'take more snapshots after more of the same work, or look at it with why',
  healthy: 'nothing grows; if memory does, take snapshots further apart, or call overview'
}

module.exports = {
  name: 'leaks',
  description:
    'Start here. Finds what leaks, what holds it, file:line, advice. files: 2+ snapshots of one process, oldest first, same work between (4 is best); one file gives candidates only.',
  input: z.strictObject({ files: args.files, ...PAGED }),
  output: z.looseObject({
    verdict: z.string(),
    leaks: z.array(row()),
    missing: z.array(z.string()),
    ...REST
  }),

  async run({ files: given, cursor, maxBytes }, context) {
    const { roots, reports, places, signal } = context
    const files = await roots.files(given)
    if (files.length === 1) return suspectsReply(files[0], { cursor, maxBytes }, context)
    await checkAscending(files)
    const report = await reports.compare(files, signal)
    const leaks = [...report.leaks, ...report.suspects]
    const missing = missingFrom(files, leaks)
    return leaksReply(
      {
        leaks,
        offset: Number(cursor ?? 0),
        head: { verdict: report.verdict, missing },
        intro: [visible(describeCheck({ ...report, suspects: [] }))],
        hint: VERDICTS[report.verdict],
        places
      },
      maxBytes
    )
  }
}

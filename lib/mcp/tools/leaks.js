'use strict'

const { findProcess } = require('../../socket/client')
const { checkReply, noneReply, processReply } = require('../checks')
const { refusal } = require('../errors')
const { checkAscending } = require('../order')
const { PAGED, REST, args, leak, z } = require('../schema')
const { suspectsReply } = require('../suspects')

/** Files with which growth is confirmed as a detector confirms it. */
const ENOUGH_FILES = 4

/** What snapshot files cannot say, or not yet. */
function missingFrom(files, { leaks, suspects }) {
  const missing = []
  if (files.length < ENOUGH_FILES) {
    missing.push(`more snapshots: ${files.length} of ${ENOUGH_FILES} for a confirmed verdict`)
  }
  const found = [...leaks, ...suspects]
  if (found.length > 0) {
    missing.push('bytes per call: snapshots count no requests')
    if (found.every(({ allocations }) => allocations === null)) {
      missing.push('created in, stored in: snapshots of files have no allocation samples')
    }
  }
  return missing
}

async function ofProcess(pid, given, { places, signal }) {
  const running = await findProcess(pid)
  const report = await running.report({ signal })
  if (report.check === null) return noneReply(running, report)
  return processReply(report.check, { ...given, places })
}

module.exports = {
  name: 'leaks',
  description:
    'Start here. What leaks, what holds it, file:line, advice. files: 2+ snapshots of one process, oldest first, the same work between (4 are best); one file gives candidates. Or pid: its last verdict.',
  input: z.strictObject({ files: args.files.optional(), pid: args.pid().optional(), ...PAGED }),
  output: z.looseObject({
    verdict: z.string(),
    leaks: z.array(leak()),
    missing: z.array(z.string()),
    ...REST
  }),

  async run({ files: given, pid, cursor, maxBytes }, context) {
    if ((given === undefined) === (pid === undefined)) {
      const message = 'name either files or pid. Next: pass snapshot files, or a pid of processes'
      throw refusal(message)
    }
    if (pid !== undefined) return ofProcess(pid, { cursor, maxBytes }, context)
    const { roots, reports, places } = context
    const files = await roots.files(given)
    if (files.length === 1) return suspectsReply(files[0], { cursor, maxBytes }, context)
    await checkAscending(files)
    const report = await reports.compare(files, context)
    return checkReply(report, 'files', {
      cursor,
      maxBytes,
      missing: missingFrom(files, report),
      places
    })
  }
}

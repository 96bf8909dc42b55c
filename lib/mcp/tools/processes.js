'use strict'

const { bytes, plural } = require('../../describe')
const { HOW } = require('../../socket/client')
const { figuresOfAll } = require('../../socket/figures')
const { name } = require('../names')
const { page } = require('../reply')
const { withoutUndefined } = require('../rows')
const { PAGED, REST, rows, z } = require('../schema')

/** Problems of one reply. */
const MOST_PROBLEMS = 3

/** Whatever another process says, these are numbers. */
function processRow(row) {
  return withoutUndefined({
    pid: row.name,
    program: name(String(row.program)),
    verdict: name(String(row.verdict ?? 'none')),
    leaks: Number(row.leaks),
    heapBytes: Number(row.memory.heapUsedBytes),
    rssBytes: Number(row.memory.rssBytes),
    bytesPerHour: row.growthBytesPerHour == null ? undefined : Number(row.growthBytesPerHour)
  })
}

function processLine({ pid, program, verdict, leaks, heapBytes, rssBytes, bytesPerHour }) {
  const growth = !(bytesPerHour > 0) ? '' : `, grows by ${bytes(bytesPerHour)} per hour`
  const found = leaks > 0 ? ` (${plural(leaks, 'leak')})` : ''
  return `${pid}  ${program}: ${verdict}${found}, heap ${bytes(heapBytes)}, rss ${bytes(rssBytes)}${growth}`
}

module.exports = {
  name: 'processes',
  description:
    'Running Node.js processes that seep watches and that have a socket (SEEP_SOCKET=1).',
  input: z.strictObject({ ...PAGED }),
  output: z.looseObject({ rows: rows(), ...REST }),

  async run({ cursor, maxBytes }) {
    const { rows: found, problems: all } = await figuresOfAll()
    const problems = all.slice(0, MOST_PROBLEMS).map((it) => name(it, 200))
    const offset = Number(cursor ?? 0)
    const none =
      problems.length === 0 ? `no process has a socket. Start one ${HOW}` : 'see problems'
    const some = 'leaks with a pid shows its last verdict, check makes a new one'
    return page(
      {
        head: problems.length === 0 ? {} : { problems },
        intro: [plural(found.length, 'process', 'processes'), ...problems],
        rows: found.slice(offset).map(processRow),
        total: found.length,
        offset,
        line: processLine,
        hint: found.length === 0 ? none : some
      },
      maxBytes
    )
  }
}

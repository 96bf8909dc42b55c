'use strict'

const { bytes, plural } = require('../../describe')
const { look } = require('../../cli/ps')
const { HOW } = require('../../socket/client')
const { cut, name, visible } = require('../names')
const { page } = require('../reply')
const { withoutUndefined } = require('../rows')
const { PAGED, REST, rows, z } = require('../schema')

function processRow(row) {
  return withoutUndefined({
    pid: row.name,
    program: name(String(row.program)),
    verdict: name(String(row.verdict ?? 'none')),
    leaks: row.leaks,
    heapBytes: row.memory.heapUsedBytes,
    rssBytes: row.memory.rssBytes,
    bytesPerHour: row.growthBytesPerHour ?? undefined
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
    const { rows: found, problems } = await look()
    const offset = Number(cursor ?? 0)
    const some = 'leaks with a pid shows its last verdict, check makes a new one'
    return page(
      {
        head:
          problems.length === 0
            ? {}
            : { problems: problems.slice(0, 3).map((it) => name(it, 200)) },
        intro: [
          plural(found.length, 'process', 'processes'),
          ...problems.slice(0, 3).map((it) => cut(visible(it), 200))
        ],
        rows: found.slice(offset).map(processRow),
        total: found.length,
        offset,
        line: processLine,
        hint: found.length === 0 ? `no process has a socket. ${HOW}` : some
      },
      maxBytes
    )
  }
}

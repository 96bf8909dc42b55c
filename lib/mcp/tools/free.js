'use strict'

const { bytes, plural } = require('../../describe')
const { refusal } = require('../errors')
const { ROWS } = require('../limits')
const { name } = require('../names')
const { page } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')

function belowLine({ class: label, count, retainedBytes }) {
  return `  ${bytes(retainedBytes)}  ${plural(count, 'object')} of ${label}`
}

/** Returns what goes with a single object, by class; nothing for several, whose parts overlap. */
async function belowOf(heap, ids, { offset, signal }) {
  if (ids?.length !== 1) return { rows: [], total: 0 }
  const wanted = { id: ids[0], groupBy: 'class', offset, limit: ROWS, signal }
  const answer = await heap.dominators(wanted)
  if (answer === null) return { rows: [], total: 0 }
  const shown = answer.rows.map(({ className, count, retainedBytes }) => ({
    class: name(className),
    count,
    retainedBytes
  }))
  return { rows: shown, total: answer.total }
}

module.exports = {
  name: 'free',
  description:
    'Bytes that would come back at least without some objects (ids) or a class; what they share counts once. One id: by class what goes with it.',
  input: z.strictObject({
    file: args.file,
    ids: args.ids.optional(),
    class: args.text().optional(),
    ...PAGED
  }),
  output: z.looseObject({
    freedBytes: z.number(),
    percent: z.number(),
    objects: z.number(),
    rows: rows(),
    ...REST
  }),

  async run({ file: given, ids, class: className, cursor, maxBytes }, context) {
    const { roots, heaps, signal, onProgress } = context
    if ((ids === undefined) === (className === undefined)) {
      const message = 'name either ids or class. Next: take them from find, why or overview'
      throw refusal(message)
    }
    const file = await roots.file(given)
    const offset = Number(cursor ?? 0)
    return heaps.use(file, { signal, onProgress }, async (heap) => {
      const what = await heap.whatIf({ ids, className, signal })
      if (what.objects === 0) {
        const message = 'none of these is in the snapshot. Next: search with find'
        throw refusal(message)
      }
      const below = await belowOf(heap, ids, { offset, signal })
      const percent = Math.round(1000 * what.share) / 10
      const { objects, outermost, freedBytes } = what
      const intro = [
        `without ${plural(objects, 'object')}, at least ${bytes(freedBytes)} would come back, ${percent} % of the heap`,
        ...(outermost < objects
          ? [`${objects - outermost} of them are held by others of them`]
          : []),
        ...(below.total > 0 ? ['directly below, by class:'] : [])
      ]
      const head = { freedBytes, percent, objects, outermost }
      return page({ head, intro, ...below, offset, line: belowLine }, maxBytes)
    })
  }
}

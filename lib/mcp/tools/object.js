'use strict'

const { bytes, plural } = require('../../describe')
const { refusal } = require('../errors')
const { ROWS } = require('../limits')
const { cut, name, visible } = require('../names')
const { page } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { rowsOf, withoutUndefined } = require('../rows')

/** Characters of a string's contents, where these may be shown. */
const MOST_TEXT = 500

function fieldLine({ field, class: label, name: own, id, retainedBytes }) {
  return `  ${field} → ${own ?? label} @${id}, ${bytes(retainedBytes)}`
}

module.exports = {
  name: 'object',
  description: 'One object: sizes, place of its class, where created, and its fields with ids.',
  input: z.strictObject({
    file: args.file,
    id: args.id(),
    filter: args.text().describe('in field or class').optional(),
    ...PAGED
  }),
  output: z.looseObject({
    class: z.string(),
    retainedBytes: z.number(),
    at: z.string().optional(),
    fields: rows(),
    ...REST
  }),

  async run({ file: given, id, filter, cursor, maxBytes }, context) {
    const { roots, heaps, places, signal, onProgress } = context
    const file = await roots.file(given)
    const offset = Number(cursor ?? 0)
    const wanted = { paths: false, filter, offset, limit: ROWS, signal }
    const object = await heaps.use(file, { signal, onProgress }, (heap) => heap.object(id, wanted))
    if (object === null) {
      const message = `no object has the id ${id}. Next: find one with find`
      throw refusal(message)
    }
    const row = rowsOf(places)
    const { fields, retainerCount, dominatorId, text } = object
    const head = withoutUndefined({
      ...row.object(object),
      kind: object.kind,
      at: places.of(object.location),
      createdIn: places.frame(object.createdIn),
      retainers: retainerCount,
      dominatorId,
      text: text === null ? undefined : cut(visible(text), MOST_TEXT)
    })
    const intro = [
      `${head.class} @${id}, ${head.kind}, ${bytes(head.retainedBytes)} retained, ${bytes(head.selfBytes)} own`,
      ...(head.at === undefined ? [] : [`at ${head.at}`]),
      ...(head.createdIn === undefined ? [] : [`created in ${head.createdIn}`]),
      ...(head.text === undefined ? [] : [`text: ${head.text}`]),
      `${plural(retainerCount, 'reference')} to it; dominated by @${dominatorId}; ${plural(fields.total, 'field')}:`
    ]
    return page(
      {
        head,
        list: 'fields',
        intro,
        rows: fields.rows.map((it) => ({ field: name(it.edge.name), ...row.object(it) })),
        total: fields.total,
        offset,
        line: fieldLine,
        hint: 'why says what keeps it alive'
      },
      maxBytes
    )
  }
}

'use strict'

const { bytes, count, plural } = require('../../describe')
const { refusal } = require('../errors')
const { ROWS } = require('../limits')
const { name } = require('../names')
const { page } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { rowsOf } = require('../rows')

/** Characters of a string's contents, where these may be shown. */
const MOST_TEXT = 120

function holderLine({ wastedBytes, copies, distinct, path, class: label, key }) {
  return `${bytes(wastedBytes)} wasted  ${count(copies)} copies of ${plural(distinct, 'string')}  ${path} → ${label}  key ${key}`
}

function stringLine({ id, wastedBytes, copies, allCopies, text }) {
  const said = text === undefined ? '' : `  ${text}`
  return `@${id}  ${bytes(wastedBytes)} wasted  ${count(copies)} copies here, ${count(allCopies)} in all${said}`
}

module.exports = {
  name: 'strings',
  description:
    'Duplicate strings by what holds the copies; with key, one by one. Says what they say only if the server was started with --contents.',
  input: z.strictObject({
    file: args.file,
    key: args.key().optional(),
    filter: args.text().optional(),
    ...PAGED
  }),
  output: z.looseObject({ wastedBytes: z.number(), rows: rows(), ...REST }),

  async run({ file: given, key, filter, cursor, maxBytes }, context) {
    const { roots, heaps, places, signal, onProgress } = context
    const file = await roots.file(given)
    const offset = Number(cursor ?? 0)
    const wanted = { holder: key, filter, offset, limit: ROWS, signal }
    const answer = await heaps.use(file, { signal, onProgress }, async (heap) => {
      if (key !== undefined && (await heap.holder(key, { signal })) === null) {
        const message = `no holder has the key ${key}. Next: call strings without key`
        throw refusal(message)
      }
      return heap.strings(wanted)
    })
    const { extraCopies, wastedBytes, total } = answer
    const row = rowsOf(places)
    const shown = answer.rows.map((it) => {
      const { copies, wastedBytes: wasted } = it
      if (key === undefined) {
        const { path, class: label, key: below, at } = row.holder(it.holder, it.path)
        return {
          wastedBytes: wasted,
          copies,
          distinct: it.distinct,
          path,
          class: label,
          key: below,
          at
        }
      }
      const text = it.text === null ? undefined : name(it.text, MOST_TEXT)
      return { id: it.sampleId, wastedBytes: wasted, copies, allCopies: it.allCopies, text }
    })
    const intro = [
      `${count(extraCopies)} extra copies waste ${bytes(wastedBytes)} in the whole heap`
    ]
    const line = key === undefined ? holderLine : stringLine
    const hint =
      key === undefined ? 'strings with a key lists the strings of one holder' : undefined
    const head = { wastedBytes, extraCopies }
    return page({ head, intro, rows: shown, total, offset, line, hint }, maxBytes)
  }
}

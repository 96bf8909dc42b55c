'use strict'

const { plural } = require('../../describe')
const { ROWS } = require('../limits')
const { reply, page, withRows } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { lines, rowsOf } = require('../rows')

/** How each list is shown. */
const SHOWN = { objects: 'object', classes: 'class', holders: 'held' }

module.exports = {
  name: 'find',
  description:
    'Searches classes and holders by words, or objects by terms: class:Session in:sessions retained>1MB self<=64 distance<5 name:onData kind:closure @1234.',
  input: z.strictObject({
    file: args.file,
    query: args.text(),
    list: z.oneOf(['objects', 'classes', 'holders']).optional(),
    ...PAGED
  }),
  output: z.looseObject({
    objects: rows().optional(),
    classes: rows().optional(),
    holders: rows().optional(),
    ...REST
  }),

  async run(
    { file: given, query, list, cursor, maxBytes },
    { roots, heaps, places, signal, onProgress }
  ) {
    const file = await roots.file(given)
    const offset = Number(cursor ?? 0)
    const row = rowsOf(places)
    const found = await heaps.use(file, { signal, onProgress }, (heap) =>
      heap.find(query, { list, offset: list === undefined ? 0 : offset, limit: ROWS, signal })
    )
    const shown = (name, answer) => answer.rows.map((it) => row[SHOWN[name]](it))
    if (list !== undefined) {
      const intro = [
        `${plural(found.total, list === 'classes' ? 'class' : list.slice(0, -1), list)}:`
      ]
      const line = lines[SHOWN[list]]
      const { total } = found
      return page(
        { head: {}, list, intro, rows: shown(list, found), total, offset, line },
        maxBytes
      )
    }
    const names = Object.keys(SHOWN).filter((name) => found[name].total > 0)
    const totals = Object.fromEntries(names.map((name) => [name, found[name].total]))
    const lists = Object.fromEntries(names.map((name) => [name, shown(name, found[name])]))
    if (names.length === 0) {
      const hint = 'use fewer or shorter words, or call overview to see what there is'
      return reply('nothing found', { totals, hint })
    }
    const build = (rowsOfLists) => {
      const text = names.flatMap((name) => [
        `${name}, ${totals[name]} in all:`,
        ...rowsOfLists[name].map(lines[SHOWN[name]])
      ])
      const isCut = names.some((name) => rowsOfLists[name].length < totals[name])
      const hint = isCut
        ? 'for more, call again with list, and then with its cursor'
        : 'why with an id or class says what holds it'
      return { text: text.join('\n'), structured: { ...rowsOfLists, totals, hint } }
    }
    return withRows(lists, build, maxBytes)
  }
}

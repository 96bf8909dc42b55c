'use strict'

const { bytes, count, plural } = require('../../describe')
const { refusal } = require('../errors')
const { ROWS } = require('../limits')
const { name } = require('../names')
const { page, withRows } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { joined, lines, rowsOf } = require('../rows')
const { checkAscending } = require('../order')
const { suspectLine, suspectsOf } = require('../suspects')

/** Rows of each list when none is asked for. */
const FEW = 5

function change(values, text) {
  const difference = values.at(-1) - values[0]
  return `${difference < 0 ? '-' : '+'}${text(Math.abs(difference))}`
}

/** Lists of one heap, which can be asked for alone. */
const LISTS = {
  holders: async (heap, { key, filter, offset, limit, signal }, row) => {
    const answer = await heap.holders({ key, filter, offset, limit, signal })
    if (answer === null) return null
    return {
      total: answer.total,
      rows: answer.rows.map((it) => row.holder(it)),
      line: lines.holder
    }
  },
  classes: async (heap, { filter, offset, limit, signal }, row) => {
    const { total, rows: found } = await heap.classes({ filter, offset, limit, signal })
    return { total, rows: found.map((it) => row.class(it)), line: lines.class }
  }
}

/** Lists of several heaps: what has changed most first. */
const SERIES = {
  holders: {
    row: ({ holder, path, counts, heldBytes }) => ({
      path: joined(path),
      class: name(holder.label),
      counts,
      bytes: heldBytes,
      key: holder.key
    }),
    line: ({ path, class: label, counts, bytes: held, key }) =>
      `${change(held, bytes)} held, ${change(counts, count)} objects (now ${count(counts.at(-1))})  ${path} → ${label}  key ${key}`
  },
  classes: {
    row: ({ className, counts, selfBytes }) => ({
      class: name(className),
      counts,
      bytes: selfBytes
    }),
    line: ({ class: label, counts, bytes: own }) =>
      `${change(own, bytes)} own, ${change(counts, count)} objects (now ${count(counts.at(-1))})  ${label}`
  }
}

/** Returns the biggest rows of every list, with the totals. */
async function wholeHeap(heap, { maxBytes }, { places, signal }) {
  const row = rowsOf(places)
  const limits = { offset: 0, limit: FEW, signal }
  const [summary, suspects, holders, classes] = [
    await heap.summary({ signal }),
    await suspectsOf(heap, places, signal),
    await LISTS.holders(heap, limits, row),
    await LISTS.classes(heap, limits, row)
  ]
  const { nodeCount: objects, totalBytes, unreachableBytes } = summary
  const head = { objects, totalBytes, unreachableBytes }
  const garbage =
    unreachableBytes === 0 ? '' : `; nothing leads to another ${bytes(unreachableBytes)}`
  const title = `${plural(objects, 'object')}, ${bytes(totalBytes)}${garbage}`
  const build = (shown) => {
    const text = [
      title,
      ...(shown.suspects.length > 0 ? ['Suspects:', ...shown.suspects.map(suspectLine)] : []),
      ...(shown.holders.length > 0 ? ['Holders:', ...shown.holders.map(lines.holder)] : []),
      ...(shown.classes.length > 0 ? ['Classes:', ...shown.classes.map(lines.class)] : [])
    ].join('\n')
    const hint =
      'why with an id or class; overview with list, or with key for what is below a holder'
    return { text, structured: { ...head, ...shown, hint } }
  }
  const lists = { suspects: suspects.slice(0, FEW), holders: holders.rows, classes: classes.rows }
  return withRows(lists, build, maxBytes)
}

async function oneList(heap, { list, key, filter, cursor, maxBytes }, { places, signal }) {
  const offset = Number(cursor ?? 0)
  const wanted = { key, filter, offset, limit: ROWS, signal }
  const answer = await LISTS[list](heap, wanted, rowsOf(places))
  if (answer === null) {
    throw refusal(`no holder has the key ${key}. Next: take a key from overview or find`)
  }
  const { total, rows: found, line } = answer
  const intro = [`${plural(total, list.slice(0, -1), list)}, most bytes first:`]
  return page({ head: {}, intro, rows: found, total, offset, line }, maxBytes)
}

async function series(heap, files, { list = 'holders', filter, cursor, maxBytes }, { signal }) {
  const offset = Number(cursor ?? 0)
  const answer = await heap.compare(files, { list, filter, offset, limit: ROWS, signal })
  const { row, line } = SERIES[list]
  const sizes = answer.files.map(({ selfBytes }) => selfBytes)
  const intro = [
    `heap in ${files.length + 1} snapshots: ${sizes.map(bytes).join(', ')} (${change(sizes, bytes)})`,
    `${list} by change:`
  ]
  const shown = answer.rows.map(row)
  const hint = 'growth here is no verdict: leaks says what keeps growing; why says what holds it'
  const { total } = answer
  return page(
    { head: { heapBytes: sizes }, intro, rows: shown, total, offset, line, hint },
    maxBytes
  )
}

module.exports = {
  name: 'overview',
  description:
    'What is in a snapshot: totals, suspects, biggest holders and classes. Several files, oldest first: figures of each, what changed most first.',
  input: z.strictObject({
    files: args.files,
    list: z.oneOf(['holders', 'classes']).optional(),
    key: args.key().describe('holder: list what is below it').optional(),
    filter: args.text().optional(),
    ...PAGED
  }),
  output: z.looseObject({
    totalBytes: z.number().optional(),
    suspects: rows().optional(),
    holders: rows().optional(),
    classes: rows().optional(),
    rows: rows().optional(),
    ...REST
  }),

  async run({ files: given, ...wanted }, context) {
    const { roots, heaps, signal, onProgress } = context
    const files = await roots.files(given)
    await checkAscending(files)
    if (files.length > 1 && wanted.key !== undefined) {
      throw refusal('key is for a single file. Next: leave out key, or all files but one')
    }
    const last = files.pop()
    return heaps.use(last, { signal, onProgress }, (heap) => {
      if (files.length > 0) return series(heap, files, wanted, context)
      const { list, key, filter, cursor } = wanted
      const isWhole = [list, key, filter, cursor].every((it) => it === undefined)
      if (isWhole) return wholeHeap(heap, wanted, context)
      return oneList(heap, { ...wanted, list: list ?? 'holders' }, context)
    })
  }
}

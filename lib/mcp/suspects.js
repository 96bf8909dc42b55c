'use strict'

/** What may be too much in a single snapshot: candidates, since only a second snapshot shows what grows. */

const { bytes, count } = require('../describe')
const { name } = require('./names')
const { page } = require('./reply')
const { joined, labelsOf, withoutUndefined } = require('./rows')

async function suspectRow(suspect, places) {
  const { kind, className, path, holder, object, fraction, createdIn } = suspect
  const steps = [...path].reverse()
  const location = steps.map((it) => it.location).find((it) => it?.line != null)
  return withoutUndefined({
    kind,
    class: name(className),
    count: suspect.count,
    bytes: suspect.bytes,
    percent: Math.round(100 * fraction),
    path: joined(labelsOf(path)),
    at: places.of(location ?? path[0]?.location),
    declared: await places.declared(path),
    createdIn: places.frame(createdIn),
    key: holder?.key,
    id: object?.id ?? path.at(-1)?.id
  })
}

function suspectLine(row) {
  const what = row.kind === 'manyItems' ? `${count(row.count)} × ${row.class}` : row.class
  const places = [
    ...(row.declared === undefined ? [] : [`variable declared at ${row.declared}`]),
    ...(row.at === undefined ? [] : [`at ${row.at}`]),
    ...(row.createdIn === undefined ? [] : [`created in ${row.createdIn}`])
  ]
  return [
    `${what}: ${bytes(row.bytes)}, ${row.percent} % of the heap${row.id === undefined ? '' : ` (@${row.id})`}`,
    `  ${row.path}`,
    ...places.map((it) => `  ${it}`)
  ].join('\n')
}

/** Returns the suspects of an open heap as rows. */
async function suspectsOf(heap, places, signal) {
  const { rows } = await heap.suspects({ signal })
  return Promise.all(rows.map((it) => suspectRow(it, places)))
}

/** Returns the reply of `leaks` for one file. */
async function suspectsReply(file, { cursor, maxBytes }, { heaps, places, signal, onProgress }) {
  const suspects = await heaps.use(file, { signal, onProgress }, (heap) =>
    suspectsOf(heap, places, signal)
  )
  const offset = Number(cursor ?? 0)
  const build = {
    head: {
      verdict: 'insufficient-data',
      missing: ['growth: a second snapshot of the same process, after more of the same work']
    },
    intro: [
      suspects.length === 0
        ? 'seep: one snapshot cannot show growth, and nothing in it stands out'
        : 'seep: one snapshot cannot show growth; the biggest candidates:'
    ],
    rows: suspects.slice(offset),
    total: suspects.length,
    offset,
    line: suspectLine,
    hint: 'take a second snapshot and call leaks with both, or look at a candidate with why'
  }
  return page({ ...build, list: 'leaks' }, maxBytes)
}

module.exports = { suspectLine, suspectsOf, suspectsReply }

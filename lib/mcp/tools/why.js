'use strict'

const { bytes, plural } = require('../../describe')
const { withCode } = require('../../errors')
const { ROWS } = require('../limits')
const { name } = require('../names')
const { withRows } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { lines, rowsOf, withoutUndefined } = require('../rows')

/** Steps of the whole path; of a longer one, the first and the last. */
const STEPS = { first: 4, last: 16 }

function noObject(message) {
  return withCode(new RangeError(message), 'ERR_INVALID_ARG_VALUE')
}

/** Returns the steps of a readable path, with the places that are known. */
function stepsOf(path, places) {
  const steps = path.map(({ edge, label, id, location, retainedBytes }) =>
    withoutUndefined({
      edge: name(edge.label),
      class: name(label),
      id,
      retainedBytes,
      at: places.of(location)
    })
  )
  const { first, last } = STEPS
  if (steps.length <= first + last) return steps
  return [
    ...steps.slice(0, first),
    { edge: '…', class: `${steps.length - first - last} steps` },
    ...steps.slice(-last)
  ]
}

function stepLine({ edge, class: label, id, retainedBytes, at }) {
  if (id === undefined) return `  ${edge} ${label}`
  const where = at === undefined ? '' : `  ${at}`
  return `  ${edge} → ${label} @${id}, ${bytes(retainedBytes)}${where}`
}

/** Returns the steps of a path that only V8 can read, in the same shape. */
function shortestOf(steps, row) {
  return steps.map((it) => ({ ...row.object(it), edge: name(it.edge.name) }))
}

/** Returns the groups of the objects of a class by their readable paths, and one of the objects. */
async function ofClass(heap, className, { offset, signal }, row) {
  const { total: objects } = await heap.instances({ className, limit: 0, signal })
  if (objects === 0) {
    throw noObject(`no object has the class ${name(className)}. Next: search its name with find`)
  }
  const wanted = { className, groupBy: 'holder', signal }
  const { rows: most, total } = await heap.instances({ ...wanted, limit: offset + ROWS })
  const groups = most.slice(offset).map((it) => row.held(it))
  return { groups, total, id: most[0].holder.sampleId, objects }
}

module.exports = {
  name: 'why',
  description:
    'What keeps an object (id) or a class alive: merged readable paths with counts, then one whole path with file:line.',
  input: z.strictObject({
    file: args.file,
    id: args.id().optional(),
    class: args.text().optional(),
    ...PAGED
  }),
  output: z.looseObject({
    paths: rows(),
    path: rows(),
    declared: z.string().optional(),
    retainers: z.number().optional(),
    ...REST
  }),

  async run({ file: given, id, class: className, cursor, maxBytes }, context) {
    const { roots, heaps, places, signal, onProgress } = context
    if ((id === undefined) === (className === undefined)) {
      throw noObject('name either id or class. Next: take one from find or overview')
    }
    const file = await roots.file(given)
    const offset = Number(cursor ?? 0)
    const row = rowsOf(places)
    return heaps.use(file, { signal, onProgress }, async (heap) => {
      const many =
        id === undefined
          ? await ofClass(heap, className, { offset, signal }, row)
          : { groups: [], total: 0, id, objects: 1 }
      const object = await heap.object(many.id, { limit: 0, signal })
      if (object === null) throw noObject(`no object has the id ${id}. Next: find one with find`)
      const steps = stepsOf(object.path, places)
      const declared = await places.declared(object.path)
      const shortest = steps.length === 0 ? shortestOf(object.shortestPath, row) : []
      const build = (shown) => {
        const end = offset + shown.paths.length
        const next = end < many.total && shown.paths.length > 0 ? String(end) : undefined
        const text = textOf({ object, many, steps, shortest, declared, shown })
        const structured = {
          objects: many.objects,
          paths: shown.paths,
          total: many.total,
          next,
          path: steps.length === 0 ? shortest : steps,
          declared,
          retainers: object.retainerCount,
          hint: 'free says what would come back without it; object shows its fields'
        }
        return { text, structured }
      }
      return withRows({ paths: many.groups }, build, maxBytes)
    })
  }
}

function textOf({ object, many, steps, shortest, declared, shown }) {
  const groups = shown.paths.map((it) => `  ${lines.held(it)}`)
  const which = `${name(object.className)} @${object.id}, ${bytes(object.retainedBytes)} retained, ${plural(object.retainerCount, 'reference')} to it`
  const path = steps.map(stepLine)
  const other = shortest.map(({ edge, class: label, id }) => `  ${edge} → ${label} @${id}`)
  const intro = groups.length === 0 ? [] : [`${plural(many.objects, 'object')} by path:`, ...groups]
  const none = steps.length === 0 && shortest.length === 0 ? ['  nothing leads to it'] : []
  return [
    ...intro,
    `${which}:`,
    ...path,
    ...other,
    ...none,
    ...(declared === undefined ? [] : [`variable declared at ${declared}`])
  ].join('\n')
}

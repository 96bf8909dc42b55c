'use strict'

const { bytes, plural } = require('../../describe')
const { refusal } = require('../errors')
const { ROWS } = require('../limits')
const { name } = require('../names')
const { firstThatFits } = require('../reply')
const { PAGED, REST, args, rows, z } = require('../schema')
const { lines, rowsOf, withoutUndefined } = require('../rows')

/** Steps of the whole path, as far as there is room; of a longer one, the first two and the last. */
const STEPS = [20, 12, 8, 5]
const FIRST = 2

/** Returns the steps of a readable path, with the places that are known. */
function stepsOf(path, places) {
  return path.map(({ edge, label, id, location, retainedBytes }) =>
    withoutUndefined({
      edge: name(edge.label),
      class: name(label),
      id,
      retainedBytes,
      at: places.of(location)
    })
  )
}

function shortened(steps, most) {
  const omitted = steps.length - most
  if (omitted <= 0) return steps
  const gap = { edge: '…', class: `${omitted} steps` }
  return [...steps.slice(0, FIRST), gap, ...steps.slice(FIRST - most)]
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
    throw refusal(`no object has the class ${name(className)}. Next: search its name with find`)
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
      throw refusal('name either id or class. Next: take one from find or overview')
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
      if (object === null) throw refusal(`no object has the id ${id}. Next: find one with find`)
      const readable = stepsOf(object.path, places)
      const steps = readable.length > 0 ? readable : shortestOf(object.shortestPath, row)
      const declared = await places.declared(object.path)
      const build = (paths, path) => {
        const end = offset + paths.length
        const structured = {
          objects: many.objects,
          paths,
          total: many.total,
          next: end < many.total && paths.length > 0 ? String(end) : undefined,
          path,
          declared,
          retainers: object.retainerCount,
          hint: 'free says what would come back without it; object shows its fields'
        }
        return { text: textOf({ object, many, paths, path, declared }), structured }
      }
      function* candidates() {
        for (const most of STEPS) {
          const path = shortened(steps, most)
          for (let end = many.groups.length; end > 0; end--) {
            yield build(many.groups.slice(0, end), path)
          }
          if (many.groups.length === 0) yield build([], path)
        }
      }
      return firstThatFits(candidates(), maxBytes)
    })
  }
}

function textOf({ object, many, paths, path, declared }) {
  const groups = paths.map((it) => `  ${lines.held(it)}`)
  const which = `${name(object.className)} @${object.id}, ${bytes(object.retainedBytes)} retained, ${plural(object.retainerCount, 'reference')} to it`
  return [
    ...(groups.length === 0 ? [] : [`${plural(many.objects, 'object')} by path:`, ...groups]),
    `${which}:`,
    ...path.map(stepLine),
    ...(path.length === 0 ? ['  nothing leads to it'] : []),
    ...(declared === undefined ? [] : [`variable declared at ${declared}`])
  ].join('\n')
}

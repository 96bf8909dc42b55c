'use strict'

/**
 * The parts of what `seep analyze` prints of an Analysis (index.d.ts), as text or as Markdown: lines, tables and paths.
 *
 * @typedef {{ text: string }
 *   | { head: string[], rows: (string | number)[][], more: number, isWide: boolean }
 *   | { title: string, lines: string[] }} Section
 */

const { bytes, count, frame, isCreator, plural } = require('../describe')
const { shorten } = require('./table')

/** Maximum width of a string. */
const TEXT_WIDTH = 60
/** Number of steps shown at each end of a path. */
const PATH_ENDS = 20

/** Figures that classes can be sorted by. */
const SORTS = {
  retained: ({ retainedBytes }) => -retainedBytes,
  own: ({ selfBytes }) => -selfBytes,
  count: (row) => -row.count
}

function percent(part, whole) {
  const share = whole > 0 ? (100 * part) / whole : 0
  if (share > 0 && share < 0.1) return '<0.1 %'
  return `${share < 9.95 ? share.toFixed(1) : Math.round(share)} %`
}

function called({ className, name, kind, id }) {
  // The class of a root is no more than "(synthetic)".
  if (kind === 'synthetic' && name) return `${name} @${id}`
  const own = name && name !== className ? ` ${name}` : ''
  return `${className}${own} @${id}`
}

function reference({ kind, name }) {
  switch (kind) {
    case 'element':
      return `[${name}]`
    case 'property':
    case 'context':
      return `.${name}`
    default:
      return `(${kind}) ${name}`
  }
}

/** Returns where objects of a class are held, such as `sessions → […] → Session (src/server.js)`. */
function held([origin, ...labels], className) {
  const steps = [...labels, className].join(' → ')
  const file = /^module (.+)$/.exec(origin)?.[1]
  return file === undefined ? `${origin} → ${steps}` : `${steps} (${file})`
}

/** Returns a text on one line, as a JavaScript string. */
function quoted(text) {
  const line = JSON.stringify(text)
  return line.length <= TEXT_WIDTH ? line : `${line.slice(0, TEXT_WIDTH - 1)}…`
}

/** Returns a table of the first rows of a list; `total` is the length of the whole list. */
function tableOf(head, list, limit, row, total = list.length) {
  const rows = list.slice(0, limit).map(row)
  return { head, rows, more: total - rows.length, isWide: false }
}

/** The same with paths in the first column, which need more room than names. */
function pathTable(...list) {
  return { ...tableOf(...list), isWide: true }
}

function suspectName({ path, className, holder, object }) {
  const labels = path.map(({ edge }) => edge.label)
  return held(labels, holder?.label ?? object?.className ?? className)
}

function suspectTable({ holders, totalBytes }, limit) {
  const row = (suspect) => [
    suspectName(suspect),
    suspect.count,
    bytes(suspect.bytes),
    percent(suspect.bytes, totalBytes)
  ]
  return pathTable(['suspect', 'objects', 'bytes', 'share'], holders.suspects, limit, row)
}

function biggestTable({ holders, totalBytes }, limit) {
  const row = ({ path, label, count, selfBytes, retainedBytes }) => [
    held(path, label),
    count,
    bytes(selfBytes),
    bytes(retainedBytes),
    percent(retainedBytes, totalBytes)
  ]
  const head = ['biggest, by what holds them', 'objects', 'own', 'retained', 'share']
  return pathTable(head, holders.biggest, limit, row)
}

function sortedClasses({ classes }, sort) {
  const key = SORTS[sort]
  return sort === 'retained' ? classes : [...classes].sort((a, b) => key(a) - key(b))
}

function classTable(analysis, limit, sort) {
  const { totalBytes } = analysis
  const row = ({ name, count, selfBytes, retainedBytes }) => [
    name,
    count,
    bytes(selfBytes),
    percent(selfBytes, totalBytes),
    bytes(retainedBytes),
    percent(retainedBytes, totalBytes)
  ]
  const head = ['class', 'count', 'own', 'share', 'retained', 'share']
  return tableOf(head, sortedClasses(analysis, sort), limit, row)
}

function objectTable(objects, head, totalBytes, limit, total) {
  const row = (object) => [
    called(object),
    bytes(object.selfBytes),
    bytes(object.retainedBytes),
    percent(object.retainedBytes, totalBytes)
  ]
  return tableOf([head, 'own', 'retained', 'share'], objects, limit, row, total)
}

/** Where objects were allocated, in a snapshot that was recorded with the stacks of allocations. */
function creators(analysis, limit, sort) {
  const { recorded, holders, totalBytes } = analysis
  if (recorded === undefined) return []
  const size = bytes(recorded.selfBytes)
  const share = percent(recorded.selfBytes, totalBytes)
  const text = `${plural(recorded.count, 'object')} recorded with stacks: ${size}, ${share}`
  const created = (head, rows, sizeOf, nameOf) => {
    const known = rows.filter((it) => isCreator(it.createdIn, sizeOf(it)))
    if (known.length === 0) return []
    const row = (it) => {
      const { createdIn } = it
      return [nameOf(it), frame(createdIn), createdIn.count, percent(createdIn.share, 1)]
    }
    return [pathTable([head, 'created in', 'objects', 'share'], known, limit, row)]
  }
  return [
    { text },
    ...created('suspect', holders?.suspects ?? [], (it) => it.bytes, suspectName),
    ...created(
      'biggest',
      holders?.biggest ?? [],
      (it) => it.retainedBytes,
      (it) => held(it.path, it.label)
    ),
    ...created(
      'class',
      sortedClasses(analysis, sort),
      (it) => it.selfBytes,
      (it) => it.name
    )
  ]
}

/** The stacks by which the objects of a class were allocated. */
function classStacks({ className, stacks }, limit) {
  const lines = stacks
    .slice(0, limit)
    .flatMap(({ samples, bytes: size, share, frames }) => [
      `  ${plural(samples, 'object')}, ${bytes(size)}, ${percent(share, 1)}`,
      ...frames.map((it) => `    ${frame(it)}`)
    ])
  const none = '  none was recorded'
  return { title: `Stacks that allocated ${className}`, lines: lines.length > 0 ? lines : [none] }
}

function copiesByHolder({ total, rows }, limit) {
  const sizes = ({ copies, distinct, selfBytes, wastedBytes: wasted }) => [
    copies,
    distinct,
    bytes(selfBytes),
    bytes(wasted)
  ]
  const where = (row) => [held(row.path, 'string'), ...sizes(row)]
  const head = ['copies of strings in', 'copies', 'different', 'own', 'wasted']
  return pathTable(head, rows, limit, where, total)
}

function copies({ duplicates, holders }, limit) {
  const { extraCopies, wastedBytes, strings } = duplicates
  if (extraCopies === 0) return []
  const copied = plural(extraCopies, 'redundant copy', 'redundant copies')
  const sections = [{ text: `${copied} of strings: ${bytes(wastedBytes)}` }]
  if (holders !== null) sections.push(copiesByHolder(holders.strings, limit))
  // Without their contents, they say nothing one by one.
  if (strings.some((row) => row.text !== undefined)) {
    const row = ({ text: contents, length, count, selfBytes, wastedBytes: wasted }) => [
      `${quoted(contents)} (${length})`,
      count,
      bytes(selfBytes),
      bytes(wasted)
    ]
    sections.push(tableOf(['string', 'count', 'own', 'wasted'], strings, limit, row))
  }
  return sections
}

function readablePath({ path }, name, width) {
  const line = ({ edge, label, location, retainedBytes }, depth) => {
    const place = location?.label && depth > 0 ? `  (${location.label})` : ''
    const text = depth === 0 ? edge.label : `${edge.label} → ${label}${place}`
    const size = bytes(retainedBytes)
    const indent = '  '.repeat(depth + 1)
    return `${indent}${shorten(text, width - indent.length - size.length - 2)}  ${size}`
  }
  return { title: `Path to ${name}`, lines: ends(path.map(line), 0) }
}

/** Leaves out what is in the middle of a long path, of which so many steps were left out before. */
function ends(lines, omittedSteps) {
  const hidden = Math.max(0, lines.length - 2 * PATH_ENDS)
  const omitted = omittedSteps + hidden
  if (omitted > 0) {
    const from = Math.floor((lines.length - hidden) / 2)
    lines.splice(from, hidden, `  … ${plural(omitted, 'step')} …`)
  }
  return lines
}

function shortestPath({ steps, omittedSteps }, name, width) {
  const title = `Shortest path to ${name}`
  if (steps.length === 0) return { title, lines: ['  not reachable from a root'] }
  const line = (step) => {
    const size = bytes(step.retainedBytes)
    const text = `${reference(step.edge)} → ${called(step)}`
    return `  ${shorten(text, width - size.length - 4)}  ${size}`
  }
  return { title, lines: ['  (root)', ...ends(steps.map(line), omittedSteps)] }
}

function retainerTable({ retainers, retainerCount }, limit) {
  const row = (step) => [
    `${called(step)} ${reference(step.edge)}`,
    step.distance ?? '-',
    bytes(step.selfBytes),
    bytes(step.retainedBytes)
  ]
  const head = [`retained by (${count(retainerCount)})`, 'distance', 'own', 'retained']
  return tableOf(head, retainers, limit, row, retainerCount)
}

/**
 * @param {object} analysis `holders` may be null
 * @param {{ limit: number, sort: keyof typeof SORTS, width: number }} options
 * @returns {Section[]}
 */
function analysisSections(analysis, { limit, sort, width }) {
  const { nodeCount, edgeCount, totalBytes, objects, instances, holders, dominators } = analysis
  const sections = [
    {
      text: `${plural(nodeCount, 'object')}, ${plural(edgeCount, 'reference')}, ${bytes(totalBytes)}`
    }
  ]
  if (holders === null) sections.push(objectTable(dominators, 'biggest', totalBytes, limit))
  if (holders?.suspects.length > 0) sections.push(suspectTable(analysis, limit))
  if (holders?.biggest.length > 0) sections.push(biggestTable(analysis, limit))
  sections.push(classTable(analysis, limit, sort), ...creators(analysis, limit, sort))
  sections.push(...copies(analysis, limit))
  if (objects.length > 0) {
    sections.push(objectTable(objects, 'requested', totalBytes, objects.length))
  }
  if (instances !== null) {
    const head = `${instances.className} (${count(instances.count)})`
    sections.push(objectTable(instances.objects, head, totalBytes, limit, instances.count))
    if (instances.stacks !== undefined) sections.push(classStacks(instances, limit))
  }
  for (const path of analysis.paths) {
    const last = path.steps.at(-1)
    const name = last === undefined ? `@${path.id}` : called(last)
    if (last !== undefined && path.path !== undefined) {
      sections.push(readablePath(path, name, width))
    }
    sections.push(shortestPath(path, name, width), retainerTable(path, limit))
  }
  return sections
}

module.exports = { SORTS, analysisSections }

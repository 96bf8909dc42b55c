'use strict'

/** Formats an Analysis (index.d.ts) as tables. */

const { bytes, count, plural } = require('../describe')
const { shorten, table } = require('./table')

const ROWS = 20
/** Number of lines shown at each end of a path. */
const PATH_ENDS = 20
/** Maximum width of a string, and of a step of a path. */
const TEXT_WIDTH = 60
const STEP_WIDTH = 120

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

const sizes = ({ selfBytes, retainedBytes }) => [bytes(selfBytes), bytes(retainedBytes)]

function classTable(classes, columns) {
  const rows = classes.slice(0, ROWS).map((row) => [row.name, row.count, ...sizes(row)])
  return table(['class', 'count', 'own', 'retained'], rows, columns)
}

function objectTable(objects, head, columns) {
  const rows = objects.slice(0, ROWS).map((object) => [called(object), ...sizes(object)])
  return table([head, 'own', 'retained'], rows, columns)
}

/** Returns a text on one line, as a JavaScript string. */
function quoted(text) {
  const line = JSON.stringify(text)
  return line.length <= TEXT_WIDTH ? line : `${line.slice(0, TEXT_WIDTH - 1)}…`
}

function duplicateTable({ extraCopies, wastedBytes, strings }, columns) {
  if (extraCopies === 0) return []
  const name = ({ text, length }) =>
    text === undefined ? plural(length, 'character') : `${quoted(text)} (${length})`
  const rows = strings
    .slice(0, ROWS)
    .map((row) => [name(row), row.count, bytes(row.selfBytes), bytes(row.wastedBytes)])
  return [
    '',
    `${plural(extraCopies, 'redundant copy', 'redundant copies')} of strings: ${bytes(wastedBytes)}`,
    '',
    table(['string', 'count', 'own', 'wasted'], rows, columns)
  ]
}

function pathTree({ steps, omittedSteps }, columns) {
  if (steps.length === 0) return ['  not reachable from a root']
  const line = (step) => {
    const size = bytes(step.retainedBytes)
    const room = Math.min(STEP_WIDTH, columns ?? STEP_WIDTH) - size.length - 4
    return `  ${shorten(`${reference(step.edge)} → ${called(step)}`, room)}  ${size}`
  }
  const lines = steps.map(line)
  const hidden = Math.max(0, lines.length - 2 * PATH_ENDS)
  const omitted = omittedSteps + hidden
  if (omitted > 0) {
    const from = Math.floor((lines.length - hidden) / 2)
    lines.splice(from, hidden, `  … ${plural(omitted, 'step')} …`)
  }
  return ['  (root)', ...lines]
}

function pathText(path, objectName, columns) {
  const retainers = path.retainers
    .slice(0, ROWS)
    .map((step) => [
      `${called(step)} ${reference(step.edge)}`,
      step.distance ?? '-',
      ...sizes(step)
    ])
  const head = `retained by (${count(path.retainerCount)})`
  return [
    '',
    shorten(`Path to ${objectName}`, columns ?? STEP_WIDTH),
    ...pathTree(path, columns),
    '',
    table([head, 'distance', 'own', 'retained'], retainers, columns)
  ]
}

/**
 * @param {object} analysis
 * @param {number} [columns] width of the terminal; undefined if there is none
 */
function describeAnalysis(analysis, columns) {
  const { nodeCount, edgeCount, totalBytes, classes, dominators, objects, instances } = analysis
  const lines = [
    `${plural(nodeCount, 'object')}, ${plural(edgeCount, 'reference')}, ${bytes(totalBytes)}`,
    '',
    classTable(classes, columns),
    '',
    // V8's roots retain everything and explain nothing.
    objectTable(
      dominators.filter(({ kind }) => kind !== 'synthetic'),
      'object',
      columns
    )
  ]
  lines.push(...duplicateTable(analysis.duplicates, columns))
  if (objects.length > 0) lines.push('', objectTable(objects, 'requested', columns))
  if (instances !== null) {
    const head = `${instances.className} (${count(instances.count)})`
    lines.push('', objectTable(instances.objects, head, columns))
  }
  for (const path of analysis.paths) {
    const last = path.steps.at(-1)
    lines.push(...pathText(path, last === undefined ? `@${path.id}` : called(last), columns))
  }
  return lines.join('\n')
}

module.exports = { describeAnalysis }

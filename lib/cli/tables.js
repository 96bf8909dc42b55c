'use strict'

/** An Analysis (index.d.ts) as tables for a person. */

const { bytes } = require('../describe')
const { table } = require('./table')

const ROWS = 20
/** Lines of a path that are shown at each of its ends. */
const PATH_ENDS = 20
const TEXT_WIDTH = 60

function called({ className, name, id }) {
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

function classTable(classes) {
  const rows = classes.slice(0, ROWS).map((row) => [row.name, row.count, ...sizes(row)])
  return table(['class', 'count', 'own', 'retained'], rows)
}

function objectTable(objects, head = 'object') {
  const rows = objects.slice(0, ROWS).map((object) => [called(object), ...sizes(object)])
  return table([head, 'own', 'retained'], rows)
}

/** A text on one line, as a JavaScript string. */
function quoted(text) {
  const line = JSON.stringify(text)
  return line.length <= TEXT_WIDTH ? line : `${line.slice(0, TEXT_WIDTH - 1)}…`
}

function duplicateTable({ extraCopies, wastedBytes, strings }) {
  if (extraCopies === 0) return []
  const name = ({ text, length }) =>
    text === undefined ? `${length} characters` : `${quoted(text)} (${length})`
  const rows = strings
    .slice(0, ROWS)
    .map((row) => [name(row), row.count, bytes(row.selfBytes), bytes(row.wastedBytes)])
  return [
    '',
    `${extraCopies} strings are copies of others: ${bytes(wastedBytes)}`,
    '',
    table(['string', 'count', 'own', 'wasted'], rows)
  ]
}

function pathTree({ steps, omittedSteps }) {
  if (steps.length === 0) return ['  nothing leads to it from a root']
  const line = (step) => `  ${reference(step.edge)} → ${called(step)}  ${bytes(step.retainedBytes)}`
  const lines = steps.map(line)
  const hidden = Math.max(0, lines.length - 2 * PATH_ENDS)
  const omitted = omittedSteps + hidden
  if (omitted > 0) {
    const from = Math.floor((lines.length - hidden) / 2)
    lines.splice(from, hidden, `  … ${omitted} steps …`)
  }
  return ['  (root)', ...lines]
}

function pathText(path, objectName) {
  const retainers = path.retainers
    .slice(0, ROWS)
    .map((step) => [
      `${called(step)} ${reference(step.edge)}`,
      step.distance ?? '-',
      ...sizes(step)
    ])
  const head = `retained by (${path.retainerCount})`
  return [
    '',
    `Path to ${objectName}`,
    ...pathTree(path),
    '',
    table([head, 'distance', 'own', 'retained'], retainers)
  ]
}

function describeAnalysis(analysis) {
  const { nodeCount, edgeCount, totalBytes, classes, dominators, objects, instances } = analysis
  const lines = [
    `${nodeCount} objects, ${edgeCount} references, ${bytes(totalBytes)}`,
    '',
    classTable(classes),
    '',
    objectTable(dominators)
  ]
  lines.push(...duplicateTable(analysis.duplicates))
  if (objects.length > 0) lines.push('', objectTable(objects, 'asked for'))
  if (instances !== null) {
    const head = `${instances.className} (${instances.count})`
    lines.push('', objectTable(instances.objects, head))
  }
  for (const path of analysis.paths) {
    const last = path.steps.at(-1)
    lines.push(...pathText(path, last === undefined ? `@${path.id}` : called(last)))
  }
  return lines.join('\n')
}

module.exports = { describeAnalysis }

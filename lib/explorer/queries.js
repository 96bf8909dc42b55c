'use strict'

/**
 * The queries of a heap, as routes: `/api/classes?file=0&sort=count&limit=50`.
 *
 * Names and values of the parameters are those of the options in index.d.ts. Only their types are restored here; what they
 * may be is checked by the query itself.
 */

const { invalidType, withCode } = require('../errors')

const READ = {
  number: (name, text) => {
    if (!/^\d{1,16}$/.test(text)) throw invalidType(`The option "${name}"`, 'a number', text)
    return Number(text)
  },
  boolean: (name, text) => {
    if (text !== 'true' && text !== 'false') {
      throw invalidType(`The option "${name}"`, 'true or false', text)
    }
    return text === 'true'
  },
  numbers: (name, text) => text.split(',').map((it) => READ.number(name, it)),
  text: (_, text) => text
}

/** Types of the parameters that are not texts. */
const TYPES = {
  offset: 'number',
  limit: 'number',
  depth: 'number',
  id: 'number',
  classId: 'number',
  ids: 'numbers',
  ignore: 'numbers',
  retained: 'boolean',
  weak: 'boolean',
  fold: 'boolean',
  paths: 'boolean'
}

/** Returns the value of a parameter that a query needs, and takes it out of the options. */
function take(options, name) {
  const value = options[name]
  if (value === undefined) throw invalidType(`The parameter "${name}"`, 'given', value)
  delete options[name]
  return value
}

/** How each query is asked; without an entry, its only argument are the options. */
const ASK = {
  object: (heap, options) => heap.object(take(options, 'id'), options),
  retainers: (heap, options) => heap.retainers(take(options, 'id'), options),
  path: (heap, options) => heap.path(take(options, 'id'), options),
  find: (heap, options) => heap.find(take(options, 'expression'), options),
  holder: (heap, options) => heap.holder(take(options, 'key'), options),
  changes: (heap, options) => heap.changes(take(options, 'since'), options)
}
const PLAIN = [
  'summary',
  'suspects',
  'holders',
  'classes',
  'instances',
  'mergedPaths',
  'dominators',
  'tree',
  'strings',
  'whatIf'
]

const QUERIES = {
  ...ASK,
  ...Object.fromEntries(PLAIN.map((name) => [name, (heap, options) => heap[name](options)]))
}

/** Returns the options in a query string, without those that say where to ask. */
function readOptions(parameters) {
  const options = {}
  for (const [name, text] of parameters) {
    if (name === 'file') continue
    options[name] = READ[TYPES[name] ?? 'text'](name, text)
  }
  return options
}

/**
 * Asks a heap of `files`.
 *
 * @param {import('./open-files').OpenFiles} files
 * @param {string} name of the query
 * @param {URLSearchParams} parameters
 * @param {AbortSignal} signal
 */
async function ask(files, name, parameters, signal) {
  const index = Number(parameters.get('file') ?? 0)
  if (!files.has(index)) {
    throw withCode(new Error(`There is no file ${parameters.get('file')}.`), 'no-such-file')
  }
  const options = { ...readOptions(parameters), signal }
  const question = () => askHeap(files, index, name, { ...options })
  try {
    return await question()
  } catch (error) {
    // Other files have needed its place. A second time is a coincidence of many tabs, and reported.
    if (error.code !== 'ERR_HEAP_CLOSED') throw error
    return question()
  }
}

async function askHeap(files, index, name, options) {
  if (options.since !== undefined) options.since = otherFile(files, options.since)
  const heap = await files.heap(index)
  if (name !== 'compare') return QUERIES[name](heap, options)
  return heap.compare(
    files.paths.filter((_, i) => i !== index),
    options
  )
}

/** Returns the path of a file that is meant by its number: no other file may be read. */
function otherFile(files, text) {
  const index = READ.number('since', text)
  if (!files.has(index)) throw withCode(new Error(`There is no file ${text}.`), 'no-such-file')
  return files.paths[index]
}

const isQuery = (name) => name === 'compare' || Object.hasOwn(QUERIES, name)

module.exports = { ask, isQuery }

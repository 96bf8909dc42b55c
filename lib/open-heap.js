'use strict'

/**
 * A snapshot file that stays open for questions. It is about a file rather than this process, so the kill switch does not
 * apply.
 */

const path = require('node:path')
const { toNative } = require('./border')
const { withCode, invalidType, invalidValue } = require('./errors')
const { SETS, checkIds, unwrap } = require('./files')
const { readExpression } = require('./heap-expression')
const { followed } = require('./heap-progress')
const { checkPath, completeOptions } = require('./options')
const types = require('./option-types')
const { ownScriptsAnywhere } = require('./own-scripts')

/** The most rows of one answer; they cross as one text. */
const MOST_ROWS = 10_000

/** The most cells of a tree; a screen has no room for more. */
const MOST_CELLS = 5000

/**
 * Queries that run at once in this process. libuv has four threads, and the program needs some of them for files and host
 * names.
 */
const MOST_AT_ONCE = 2

/** Names in snapshots are shorter; V8 cuts them. */
const LONGEST = 4096

const text = () =>
  types.string(`a string of up to ${LONGEST} characters`, new RegExp(`^[^]{0,${LONGEST}}$`))
const optional = (type) => ({ type, default: undefined })
const SIGNAL = { signal: optional(types.abortSignal()) }
const PROGRESS = { onProgress: optional(types.callback('progress: HeapProgress) => void')) }
const PAGE = {
  offset: { type: types.integer(0, 0xffffffff, 'rows'), default: 0 },
  limit: { type: types.integer(0, MOST_ROWS, 'rows'), default: 100 }
}
const FILTER = { filter: optional(text()) }
const ONLY = { only: { type: SETS, default: 'all' } }
const KEY = optional(types.string('a key of a holder', /^[0-9a-f]{16}$/))
const CLASS = {
  classId: optional(types.integer(0, 0xffffffff, 'a classId of classes()')),
  className: optional(text())
}
const IDS = { ids: optional(listOfIds()) }

function listOfIds() {
  return {
    expected: 'an array of object ids',
    accepts: Array.isArray,
    allows: (ids) => ids.every((id) => Number.isInteger(id) && id >= 0 && id <= 0xffffffff)
  }
}

/** The options `sort` and `order`; the first choice is the default. Figures come in descending order, others ascending. */
function sorting(...choices) {
  return {
    sort: { type: types.oneOf(...choices), default: choices[0] },
    order: optional(types.oneOf('asc', 'desc'))
  }
}

const OBJECT_SORTS = ['retainedBytes', 'selfBytes', 'distance', 'id']
const ASCENDING = ['name', 'distance', 'id']

const OPTIONS = {
  openHeap: {
    contents: { type: types.boolean(), default: false },
    maxMemoryBytes: optional(types.integer(1, Number.MAX_SAFE_INTEGER, 'bytes')),
    ...PROGRESS,
    ...SIGNAL
  },
  ready: { ...PROGRESS, ...SIGNAL },
  summary: SIGNAL,
  suspects: { limit: { type: types.integer(0, 1000, 'rows'), default: 20 }, ...SIGNAL },
  holder: SIGNAL,
  holders: {
    key: KEY,
    ...sorting('heldBytes', 'selfBytes', 'count', 'name'),
    ...FILTER,
    ...PAGE,
    ...SIGNAL
  },
  classes: {
    ...sorting('retainedBytes', 'selfBytes', 'count', 'distance', 'name'),
    ...FILTER,
    ...ONLY,
    retained: { type: types.boolean(), default: true },
    ...PAGE,
    ...SIGNAL
  },
  instances: {
    ...CLASS,
    ...sorting(...OBJECT_SORTS),
    ...FILTER,
    ...ONLY,
    since: optional(types.string('a path of a snapshot file', /\S/)),
    holder: KEY,
    groupBy: optional(types.string("'holder'", /^holder$/)),
    ...PAGE,
    ...SIGNAL
  },
  object: {
    sort: optional(types.oneOf(...OBJECT_SORTS)),
    order: optional(types.oneOf('asc', 'desc')),
    ...FILTER,
    paths: { type: types.boolean(), default: true },
    ...PAGE,
    ...SIGNAL
  },
  retainers: {
    ...sorting('distance', 'retainedBytes', 'selfBytes', 'id'),
    ...FILTER,
    weak: { type: types.boolean(), default: true },
    ignore: { type: listOfIds(), default: [] },
    ...PAGE,
    ...SIGNAL
  },
  path: { ignore: { type: listOfIds(), default: [] }, ...SIGNAL },
  mergedPaths: { ...CLASS, ...IDS, key: KEY, ...PAGE, ...SIGNAL },
  dominators: {
    id: optional(types.integer(0, 0xffffffff, 'an object id')),
    ...sorting(...OBJECT_SORTS),
    ...FILTER,
    fold: { type: types.boolean(), default: true },
    groupBy: optional(types.string("'class'", /^class$/)),
    classId: CLASS.classId,
    ...PAGE,
    ...SIGNAL
  },
  tree: {
    of: { type: types.oneOf('dominators', 'holders'), default: 'dominators' },
    id: optional(types.integer(0, 0xffffffff, 'an object id')),
    key: KEY,
    depth: { type: types.integer(1, 250, 'levels'), default: 250 },
    limit: { type: types.integer(1, MOST_CELLS, 'cells'), default: 1000 },
    ...SIGNAL
  },
  strings: {
    holder: KEY,
    ...sorting('wastedBytes', 'selfBytes', 'copies'),
    ...FILTER,
    ...PAGE,
    ...SIGNAL
  },
  find: {
    ...sorting(...OBJECT_SORTS),
    list: optional(types.oneOf('classes', 'holders', 'objects')),
    ...PAGE,
    ...SIGNAL
  },
  whatIf: { ...CLASS, ...IDS, ...SIGNAL },
  compare: {
    ...sorting('bytesDelta', 'countDelta', 'bytes'),
    list: optional(types.oneOf('classes', 'holders')),
    ...FILTER,
    ...PAGE,
    ...SIGNAL
  },
  changes: {
    ...sorting(
      ...['bytesDelta', 'countDelta', 'newBytes', 'newCount', 'deletedBytes', 'deletedCount']
    ),
    ...FILTER,
    ...PAGE,
    ...SIGNAL
  }
}

/** Lets a few pieces of work run at once; the others wait in turn. */
class Turns {
  #running = 0
  #waiting = []

  constructor(most) {
    this.most = most
  }

  /** Resolves to what `work` resolves to, once it is its turn; does not begin it if `isCancelled()` by then. */
  async take(work, isCancelled) {
    if (this.#running >= this.most) await new Promise((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return isCancelled() ? undefined : await work()
    } finally {
      // The next one takes over the place, so that nobody gets in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

const turns = new Turns(MOST_AT_ONCE)

function closed() {
  return withCode(new Error('The heap was closed'), 'ERR_HEAP_CLOSED')
}

/** Returns the parts of a query that say which page is wanted, and in which order. */
function listed({ sort, order, filter = null, offset, limit }) {
  const usual = ASCENDING.includes(sort) ? 'asc' : 'desc'
  return { sort, order: order ?? usual, filter, page: { offset, limit } }
}

function whichClass({ classId = null, className = null }) {
  return { classId, className }
}

/** Checks that an option says which objects are meant. */
function checkObjects(names, options) {
  if (names.every((name) => options[name] === undefined)) {
    throw invalidType(`One of the options ${names.join(', ')}`, 'given', undefined)
  }
}

function checkKey(key) {
  if (typeof key !== 'string') throw invalidType('The key', KEY.type.expected, key)
  if (!KEY.type.allows(key)) throw invalidValue('The key', KEY.type.expected, key)
}

function checkId(id) {
  if (typeof id !== 'number') throw invalidType('The id', 'an object id', id)
  checkIds('id', [id])
}

/** Documented in index.d.ts. */
class Heap {
  #native
  #path
  #isClosed = false

  /** @param {object} native a NativeHeap that is open */
  constructor(native, file) {
    this.#native = native
    this.#path = file
  }

  get file() {
    return this.#path
  }

  async ready(options = {}) {
    await this.#ask('ready', 'prepare', options, () => ({}))
  }

  suspects(options = {}) {
    return this.#ask('suspects', 'suspects', options, ({ limit }) => ({ limit }))
  }

  holder(key, options = {}) {
    return this.#ask('holder', 'holder', options, () => {
      checkKey(key)
      return { key }
    })
  }

  tree(options = {}) {
    return this.#ask('tree', 'tree', options, ({ of, id = null, key = null, depth, limit }) => {
      const [other, given] = of === 'holders' ? ['id', id] : ['key', key]
      if (given !== null) {
        throw invalidValue(`The option "${other}"`, `left out for the tree of ${of}`, given)
      }
      return { of, id, key, depth, limit }
    })
  }

  summary(options = {}) {
    return this.#ask('summary', 'summary', options, () => ({}))
  }

  holders(options = {}) {
    return this.#ask('holders', 'holders', options, (it) => ({
      key: it.key ?? null,
      ...listed(it)
    }))
  }

  classes(options = {}) {
    return this.#ask('classes', 'classes', options, (it) => {
      const byRetained = it.sort === 'retainedBytes' || it.sort === 'distance'
      if (!it.retained && options.sort !== undefined && byRetained) {
        throw invalidValue(
          'The option "sort"',
          "'selfBytes', 'count' or 'name' without retained",
          it.sort
        )
      }
      const sort = !it.retained && byRetained ? 'selfBytes' : it.sort
      return { ...listed({ ...it, sort }), only: it.only, retained: it.retained }
    })
  }

  instances(options = {}) {
    return this.#ask('instances', 'instances', options, (it) => {
      checkObjects(['classId', 'className'], it)
      const { only, holder = null } = it
      const since = it.since === undefined ? null : path.resolve(it.since)
      const byHolder = it.groupBy === 'holder'
      return { class: whichClass(it), ...listed(it), only, since, holder, byHolder }
    })
  }

  object(id, options = {}) {
    return this.#ask('object', 'object', options, (it) => {
      checkId(id)
      const { sort = null, ...rest } = listed(it)
      return { id, sort, ...rest, paths: it.paths }
    })
  }

  retainers(id, options = {}) {
    return this.#ask('retainers', 'retainers', options, (it) => {
      checkId(id)
      return { id, ...listed(it), weak: it.weak, ignore: it.ignore }
    })
  }

  path(id, options = {}) {
    return this.#ask('path', 'path', options, ({ ignore }) => {
      checkId(id)
      return { id, ignore }
    })
  }

  mergedPaths(options = {}) {
    return this.#ask('mergedPaths', 'mergedPaths', options, (it) => {
      checkObjects(['classId', 'className', 'ids'], it)
      const { ids = null, key = null } = it
      return { class: whichClass(it), ids, key, page: listed(it).page }
    })
  }

  dominators(options = {}) {
    return this.#ask('dominators', 'dominators', options, (it) => {
      const { id = null, fold, classId = null } = it
      const byClass = it.groupBy === 'class'
      // A class has no id, and many distances.
      const sort = byClass && ASCENDING.includes(it.sort) ? 'retainedBytes' : it.sort
      return { id, ...listed({ ...it, sort }), fold, class: classId, byClass }
    })
  }

  strings(options = {}) {
    return this.#ask('strings', 'strings', options, (it) => {
      return { holder: it.holder ?? null, ...listed(it) }
    })
  }

  find(expression, options = {}) {
    return this.#ask('find', 'find', options, (it) => {
      const { sort, order, page } = listed(it)
      const wanted = readExpression(expression)
      return { wanted, sort, order, list: it.list ?? null, page }
    })
  }

  whatIf(options = {}) {
    return this.#ask('whatIf', 'whatIf', options, (it) => {
      checkObjects(['classId', 'className', 'ids'], it)
      return { class: whichClass(it), ids: it.ids ?? null }
    })
  }

  compare(files, options = {}) {
    return this.#ask('compare', 'compare', options, (it) => {
      if (!Array.isArray(files)) throw invalidType('The files', 'an array of paths', files)
      if (files.length === 0) throw invalidValue('The files', 'one snapshot file or more', files)
      for (const file of files) checkPath(file)
      const resolved = files.map((file) => path.resolve(file))
      return { files: resolved, list: it.list ?? null, ...listed(it) }
    })
  }

  changes(since, options = {}) {
    return this.#ask('changes', 'changes', options, (it) => {
      checkPath(since)
      return { since: path.resolve(since), ...listed(it) }
    })
  }

  async close() {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#native.close()
  }

  [Symbol.asyncDispose]() {
    return this.close()
  }

  /** Asks the native side; `parts` completes the query from checked options. Throws at once if those are wrong. */
  #ask(method, query, options, parts) {
    const { signal, onProgress, ...given } = completeOptions(OPTIONS[method], options)
    const request = toNative({ query, ...parts(given) })
    return this.#answer(request, signal, onProgress)
  }

  async #answer(request, signal, onProgress) {
    if (this.#isClosed) throw closed()
    const native = this.#native
    return followed(signal, onProgress, async (progress) => {
      const isCancelled = () => this.#isClosed || signal?.aborted === true
      const answer = await turns.take(() => native.query(request, progress), isCancelled)
      if (answer === undefined) throw closed()
      try {
        return unwrap(answer, this.#path)
      } catch (error) {
        // It was closed after the query had left here.
        throw this.#isClosed && error.code === 'ERR_ABORTED' ? closed() : error
      }
    })
  }
}

/** @returns {Promise<Heap>} */
async function openHeap(file, options = {}) {
  checkPath(file)
  const {
    signal,
    onProgress,
    contents,
    maxMemoryBytes = null
  } = completeOptions(OPTIONS.openHeap, options)
  // Resolved now, because contents are read later, when the working directory may be another.
  const absolute = path.resolve(file)
  const request = { path: absolute, contents, maxMemoryBytes, ownScripts: ownScriptsAnywhere() }
  return followed(signal, onProgress, async (progress) => {
    const native = new (require('../binding').NativeHeap)()
    unwrap(await native.open(toNative(request), progress), absolute)
    return new Heap(native, absolute)
  })
}

module.exports = { Heap, openHeap }

'use strict'

/**
 * Heaps that are made up, as V8 writes snapshots of them: the same on every Node, so that whole reports can be compared. What
 * testkit/ is for the Rust tests.
 */

const NODE_KINDS = [
  ...['hidden', 'array', 'string', 'object', 'code', 'closure', 'regexp', 'number', 'native'],
  ...['synthetic', 'concatenated string', 'sliced string', 'symbol', 'bigint']
]
const EDGE_KINDS = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak']
/** Their labels are numbers, those of the others are names. */
const NUMBERED = new Set(['element', 'hidden'])

const NODE_FIELDS = [
  ...['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness']
]
const META = {
  node_fields: NODE_FIELDS,
  node_types: [NODE_KINDS, 'string', 'number', 'number', 'number', 'number', 'number'],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [EDGE_KINDS, 'string_or_number', 'node'],
  trace_function_info_fields: [
    ...['function_id', 'name', 'script_name', 'script_id', 'line', 'column']
  ],
  trace_node_fields: ['id', 'function_info_index', 'count', 'size', 'children'],
  sample_fields: ['timestamp_us', 'last_assigned_id'],
  location_fields: ['object_index', 'script_id', 'line', 'column']
}

/** Objects are given and returned by number. */
class DrawnHeap {
  #nodes = []
  #native
  #scripts = 0

  constructor() {
    const root = this.add('synthetic', '', { size: 0 })
    const roots = this.add('synthetic', '(GC roots)', { size: 0 })
    const strong = this.add('synthetic', '(Strong roots)', { size: 0 })
    this.#native = this.add('hidden', 'system / NativeContext', { size: 2000 })
    this.refer(root, 'element', 1, roots)
    this.refer(roots, 'element', 1, strong)
    this.refer(strong, 'property', 'native', this.#native)
  }

  /**
   * @param {string} kind
   * @param {string} name
   * @param {{ size?: number, at?: [script: number, line: number, column: number] }} [more] lines and columns count from 1
   */
  add(kind, name, { size = 16, at } = {}) {
    return this.#nodes.push({ kind, name, size, at, edges: [] }) - 1
  }

  object(name, more) {
    return this.add('object', name, more)
  }

  refer(from, kind, label, to) {
    this.#nodes[from].edges.push({ kind, label, to })
  }

  /** A script with a function in its scope; `closure()` adds others. */
  module(file) {
    const script = ++this.#scripts
    const source = this.add('code', file)
    const scope = this.object('system / Context', { size: 64 })
    this.refer(scope, 'internal', 'previous', this.#native)
    const module = { script, source, scope }
    const main = this.closure(module, 'main', [1, 1])
    this.refer(this.#native, 'internal', `function ${script}`, main)
    return module
  }

  /** A function of a module, which nothing holds yet. */
  closure({ script, source, scope }, name, [line, column], { size = 64, within = scope } = {}) {
    const closure = this.add('closure', name, { size, at: [script, line, column] })
    const shared = this.add('code', name)
    this.refer(closure, 'internal', 'shared', shared)
    this.refer(shared, 'internal', 'script', source)
    this.refer(closure, 'internal', 'context', within)
    return closure
  }

  /** An object in a variable of a module. */
  variable({ scope }, variable, className, more) {
    const object = this.object(className, more)
    this.refer(scope, 'context', variable, object)
    return object
  }

  /** A Map in a variable, and a way to put values into it. */
  map(module, variable) {
    const map = this.variable(module, variable, 'Map', { size: 32 })
    const table = this.add('array', '', { size: 2048 })
    this.refer(map, 'internal', 'table', table)
    let next = 0
    return (value) => this.refer(table, 'internal', String(next++), value)
  }

  /** As V8 writes it. */
  json() {
    const strings = new Map([['<dummy>', 0]])
    const numberOf = (text) => {
      if (!strings.has(text)) strings.set(text, strings.size)
      return strings.get(text)
    }
    const width = NODE_FIELDS.length
    const nodes = this.#nodes.flatMap(({ kind, name, size, edges }, i) => [
      ...[NODE_KINDS.indexOf(kind), numberOf(name), 2 * i + 1, size, edges.length, 0, 0]
    ])
    const edges = this.#nodes.flatMap((node) =>
      node.edges.flatMap(({ kind, label, to }) => [
        ...[EDGE_KINDS.indexOf(kind), NUMBERED.has(kind) ? label : numberOf(label), to * width]
      ])
    )
    const locations = this.#nodes.flatMap(({ at }, i) =>
      at === undefined ? [] : [i * width, at[0], at[1] - 1, at[2] - 1]
    )
    const counts = {
      node_count: this.#nodes.length,
      edge_count: edges.length / META.edge_fields.length,
      trace_function_count: 0
    }
    return JSON.stringify({
      snapshot: { meta: META, ...counts },
      nodes,
      edges,
      ...{ trace_function_infos: [], trace_tree: [], samples: [], locations },
      strings: [...strings.keys()]
    })
  }
}

module.exports = { DrawnHeap }

'use strict'

/**
 * A heap as counts: of nodes by type and name, of references by what they join,
 * of functions by their place. What V8 wrote and what a walk found are compared
 * by these, since neither knows the other's objects.
 */

const { readFileSync } = require('node:fs')

/** Contents, which a walk does not read. */
const UNNAMED = new Set([
  'string',
  'concatenated string',
  'sliced string',
  'symbol',
  'bigint',
  'number',
  'regexp'
])

/** V8's own, where a walk and V8 need not agree. */
const ENGINE = new Set(['code', 'hidden', 'array', 'object shape', 'synthetic', 'native', 'number'])

/** What programs have. */
const KINDS = [
  'object',
  'closure',
  'regexp',
  'string',
  'concatenated string',
  'sliced string'
].concat('symbol', 'bigint')

const add = (counts, key, by = 1) => counts.set(key, (counts.get(key) ?? 0) + by)

function keyOf(type, name) {
  if (ENGINE.has(type)) return 'engine|'
  if (UNNAMED.has(type)) return `${type}|`
  return `${type}|${name.startsWith('system / Context') ? 'system / Context' : name}`
}

/** The tally of a `.heapsnapshot`. */
function tallyFile(path) {
  const { snapshot, nodes, edges, strings, locations } = JSON.parse(readFileSync(path, 'utf8'))
  const { meta } = snapshot
  const [types, edgeTypes] = [meta.node_types[0], meta.edge_types[0]]
  const stride = meta.node_fields.length
  const counts = { nodes: new Map(), edges: new Map(), places: new Map() }
  const at = (field) => meta.node_fields.indexOf(field)
  const [size, edgeCount] = [at('self_size'), at('edge_count')]
  const keys = []
  for (let node = 0; node < nodes.length; node += stride) {
    const type = types[nodes[node]]
    const key = keyOf(type, strings[nodes[node + 1]])
    keys.push(key)
    if (KINDS.includes(type)) {
      add(counts.nodes, key)
      add(counts.nodes, `${key} bytes`, nodes[node + size])
    }
  }
  let edge = 0
  for (let node = 0; node < nodes.length; node += stride) {
    const end = edge + 3 * nodes[node + edgeCount]
    for (; edge < end; edge += 3) {
      const type = edgeTypes[edges[edge]]
      const [from, to] = [keys[node / stride], keys[edges[edge + 2] / stride]]
      if (from === 'engine|' || !['property', 'element', 'context'].includes(type)) continue
      const name = type === 'element' ? '' : strings[edges[edge + 1]]
      add(counts.edges, `${from}\t${type}|${name}\t${to}`)
    }
  }
  const step = meta.location_fields.length
  for (let place = 0; place < locations.length; place += step) {
    const node = locations[place]
    if (types[nodes[node]] !== 'closure') continue
    const [line, column] = [locations[place + 2], locations[place + 3]]
    add(counts.places, `${strings[nodes[node + 1]]}\t${line}\t${column}`)
  }
  return counts
}

/** The tally that the native part made of a walk. */
function tallyOfWalk(json) {
  const walk = JSON.parse(json)
  const counts = { nodes: new Map(), edges: new Map(), places: new Map() }
  for (const { type, name, count, bytes } of walk.nodes) {
    if (!KINDS.includes(type)) continue
    const key = keyOf(type, name)
    add(counts.nodes, key, count)
    add(counts.nodes, `${key} bytes`, bytes)
  }
  for (const { from, edge, label, to, count } of walk.edges) {
    const key = keyOf(...from)
    if (key === 'engine|') continue
    add(counts.edges, `${key}\t${edge}|${label}\t${keyOf(...to)}`, count)
  }
  for (const { name, line, column, count } of walk.places) {
    add(counts.places, `${name}\t${line}\t${column}`, count)
  }
  return counts
}

/**
 * How much of what `wanted` counts is in `found`, and where they differ most.
 *
 * @returns {{ share: number, total: number, differences: [string, number, number][] }}
 */
function compare(wanted, found, isCounted = () => true) {
  let [total, common] = [0, 0]
  const differences = []
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    if (!isCounted(key)) continue
    const [a, b] = [wanted.get(key) ?? 0, found.get(key) ?? 0]
    total += a
    common += Math.min(a, b)
    if (a !== b) differences.push([key, a, b])
  }
  differences.sort((x, y) => Math.abs(y[1] - y[2]) - Math.abs(x[1] - x[2]))
  return { share: total === 0 ? 1 : common / total, total, differences }
}

module.exports = { compare, tallyFile, tallyOfWalk }

'use strict'

/** Snapshots that no program has written: very wide ones, and ones with hostile names. */

const fs = require('node:fs')

const { META } = require('./snapshot')

const [SYNTHETIC, OBJECT, STRING] = [0, 1, 2]
const [PROPERTY, ELEMENT] = [0, 1]
const FIELDS = META.node_fields.length

class Drawing {
  #nodes = []
  #edges = []
  #strings = new Map([['', 0]])
  #count = 0

  #text(text) {
    if (!this.#strings.has(text)) this.#strings.set(text, this.#strings.size)
    return this.#strings.get(text)
  }

  /** Adds a node; its edges must be added before those of the next. */
  node(kind, name, size, edges) {
    const id = 2 * this.#count + 1
    this.#nodes.push(`${kind},${this.#text(name)},${id},${size},${edges},0,0`)
    this.#count++
    return id
  }

  /** Refers to the node at a position. */
  edge(kind, name, to) {
    this.#edges.push(`${kind},${kind === ELEMENT ? name : this.#text(name)},${to * FIELDS}`)
  }

  write(file) {
    const head = {
      meta: META,
      node_count: this.#count,
      edge_count: this.#edges.length,
      trace_function_count: 0
    }
    const lists = '"trace_function_infos":[],"trace_tree":[],"samples":[],"locations":[]'
    fs.writeFileSync(
      file,
      `{"snapshot":${JSON.stringify(head)},\n"nodes":[${this.#nodes.join('\n,')}],\n"edges":[${this.#edges.join('\n,')}],\n${lists},\n"strings":${JSON.stringify([...this.#strings.keys()])}}\n`
    )
  }
}

/** root → Store → `count` × Item */
function writeWide(file, count) {
  const drawing = new Drawing()
  drawing.node(SYNTHETIC, '', 0, 1)
  drawing.edge(PROPERTY, 'store', 1)
  drawing.node(OBJECT, 'Store', 64, count)
  for (let i = 0; i < count; i++) drawing.edge(ELEMENT, i, i + 2)
  for (let i = 0; i < count; i++) drawing.node(OBJECT, 'Item', 16 + (i % 1000), 0)
  drawing.write(file)
}

/** Markup, scripts, control characters, direction marks, lone surrogates, paths, Markdown, and a very long one. */
const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=1</script>',
  'javascript:window.hacked=1',
  '"><svg onload=window.hacked=1>',
  '\u0000\u0007\u001b[31mred\r\nnext',
  '\u202egnirts\u2066',
  '\ud800lone',
  '../../api/files?x=1#y',
  '| `code` | [link](https://example.com) @someone',
  '__proto__',
  'constructor',
  `${'long '.repeat(40_000)}end`
]

/** root → Store → an object of each hostile class under a hostile name, which has a hostile string. */
function writeHostile(file) {
  const drawing = new Drawing()
  drawing.node(SYNTHETIC, '', 0, 1)
  drawing.edge(PROPERTY, 'store', 1)
  drawing.node(OBJECT, 'Store', 64, HOSTILE.length + 1)
  HOSTILE.forEach((name, i) => {
    drawing.edge(PROPERTY, name, 2 + 2 * i)
  })
  // The largest index that V8 knows.
  drawing.edge(ELEMENT, 2 ** 31 - 1, 2)
  HOSTILE.forEach((name, i) => {
    drawing.node(OBJECT, name, 100 + i, 1)
    drawing.edge(PROPERTY, name, 3 + 2 * i)
    drawing.node(STRING, name, 32, 0)
  })
  drawing.write(file)
}

module.exports = { HOSTILE, writeHostile, writeWide }

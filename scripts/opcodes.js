'use strict'

/**
 * Compares the table of V8's instructions (src/walk/code/opcodes.rs) with what this Node tells of its own code, and prints
 * what a new version has otherwise.
 *
 *   node scripts/opcodes.js
 *
 * Each line is a name, the operands that grow behind a prefix, and the bytes that do not. `?` is an instruction that the
 * sample does not use; it stays without a name in the table.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.join(__dirname, '..')
const TABLE = path.join(root, 'src/walk/code/opcodes.rs')
const SAMPLE = path.join(root, '__test__/fixtures/instructions.txt')
/** The columns of the table. */
const VERSIONS = ['11.3', '12.4', '13.6', '14.6']
/** The first opcode with a row. */
const FIRST = 11
const WIDTHS = { '': 1, '.Wide': 2 }
const MOST_OUTPUT = 2 ** 30

/** `  7 S> 0x3f @   12 : 00 0d 88 13   LdaSmi.Wide [5000]`: an instruction, with its bytes. */
const LINE = /@ +\d+ : ((?:[0-9a-f]{2} )+) *([A-Za-z0-9]+)(\.\w+)?/

/** Sources in which operands take one byte and two: many names before each function's own code. */
function sources() {
  const sample = fs.readFileSync(SAMPLE, 'utf8')
  const uses = (count) => Array.from({ length: count }, (_, i) => `q.p${i};`).join('')
  const variables = Array.from({ length: 300 }, (_, i) => `var v${i} = q(${i});`).join('')
  const wide = sample.replace(/(\)\s*)\{(?!\s*(?:if|case|break))/g, `$1{${uses(300)}${variables}`)
  return [sample, wide]
}

/** Returns the instructions that this Node shows, by opcode: their name, and their length by the width of operands. */
function shown() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-opcodes-'))
  const all = new Map()
  try {
    for (const [index, source] of sources().entries()) {
      const file = path.join(folder, `${index}.js`)
      fs.writeFileSync(file, source)
      const script =
        'new (require("vm").Script)(require("fs").readFileSync(process.argv[1], "utf8"))'
      const flags = ['--print-bytecode', '--no-lazy', '-e', script, file]
      const output = execFileSync(process.execPath, flags, {
        maxBuffer: MOST_OUTPUT,
        encoding: 'utf8'
      })
      for (const line of output.split('\n')) note(all, line)
    }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
  return all
}

function note(all, line) {
  const found = LINE.exec(line)
  if (found === null || !((found[3] ?? '') in WIDTHS)) return
  const [, text, name, prefix = ''] = found
  const bytes = text
    .trim()
    .split(' ')
    .slice(prefix === '' ? 0 : 1)
  const opcode = Number.parseInt(bytes[0], 16)
  if (!all.has(opcode)) all.set(opcode, { name, lengths: {} })
  all.get(opcode).lengths[WIDTHS[prefix]] = bytes.length
}

/** Returns the rows of the table for one version, from the first opcode on. */
function rows(column) {
  const text = fs.readFileSync(TABLE, 'utf8')
  const masks = new Map()
  // One that is made of others is declared after them.
  for (const [, name, value] of text.matchAll(/^const ([A-Z_0-9]+): u8 = (.*);/gm)) {
    masks.set(
      name,
      value.split(' | ').reduce((all, part) => all | (masks.get(part) ?? Number(part)), 0)
    )
  }
  const all = [...text.matchAll(/^ {4}\(([A-Z_0-9]+), "(\w*)", (\d), (\d)\),$/gm)]
  return all
    .filter(([, mask]) => (masks.get(mask) >> column) & 1)
    .map(([, , name, operands, fixed]) => ({
      name,
      operands: Number(operands),
      fixed: Number(fixed)
    }))
}

/** Returns what differs, a sentence each. */
function differences() {
  const version = process.versions.v8.split('.').slice(0, 2).join('.')
  const column = VERSIONS.indexOf(version)
  if (column < 0) return [`the table has no column for V8 ${version}`]
  const table = rows(column)
  const told = []
  for (const [opcode, { name, lengths }] of shown()) {
    const row = table[opcode - FIRST]
    if (row?.name !== name) {
      told.push(`${opcode} is ${name}, and ${row?.name || 'not known'} in the table`)
      continue
    }
    for (const [width, length] of Object.entries(lengths)) {
      const expected = 1 + row.operands * width + row.fixed
      if (length !== expected)
        told.push(`${name} has ${length} bytes, not ${expected}, with operands of ${width}`)
    }
  }
  return told
}

function print() {
  const all = shown()
  for (let opcode = FIRST; opcode <= Math.max(...all.keys()); opcode++) {
    const { name, lengths } = all.get(opcode) ?? { name: '?', lengths: {} }
    const { 1: narrow = 1, 2: wide } = lengths
    const operands = wide === undefined ? narrow - 1 : wide - narrow
    console.log(`${opcode} ${name} ${operands} ${narrow - 1 - operands}`)
  }
}

if (require.main === module) {
  const told = differences()
  if (told.length > 0) {
    print()
    console.error(told.join('\n'))
    process.exitCode = 1
  }
}

module.exports = { differences, shown }

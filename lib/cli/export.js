'use strict'

/** `seep export --pprof | --folded | --speedscope [--allocations] [-o OUT] FILE`: a snapshot for tools that show profiles. */

const path = require('node:path')
const { withCode } = require('../errors')
const { FORMATS, readStacks } = require('../heap-stacks')
const { writeWhole } = require('../whole-file')
const { parseCommand } = require('./arguments')
const { withProgress } = require('./progress')

const OPTIONS = {
  pprof: { type: 'boolean', default: false },
  folded: { type: 'boolean', default: false },
  speedscope: { type: 'boolean', default: false },
  allocations: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o' }
}

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

function formatOf(values) {
  const wanted = Object.keys(FORMATS).filter((name) => values[name])
  if (wanted.length !== 1) {
    throw usage(
      `expected one of ${Object.keys(FORMATS)
        .map((name) => `--${name}`)
        .join(', ')}`
    )
  }
  return wanted[0]
}

async function write(file, bytes) {
  if (file === undefined) return void process.stdout.write(bytes)
  try {
    await writeWhole(path.resolve(file), bytes)
  } catch (cause) {
    throw withCode(
      new Error(`${file} cannot be written: ${cause.message}`, { cause }),
      'ERR_FILE_OS'
    )
  }
}

async function main(args) {
  const { values, positionals } = parseCommand('export', args, OPTIONS)
  const format = formatOf(values)
  if (positionals.length !== 1) throw usage('expected one snapshot file')
  const [file] = positionals
  if (values.output !== undefined && path.resolve(values.output) === path.resolve(file)) {
    throw usage('the file to write is the snapshot; name another one')
  }
  if (values.output === undefined && format === 'pprof' && process.stdout.isTTY) {
    throw usage('--pprof writes bytes that a terminal cannot show; name a file with --output')
  }
  const of = values.allocations ? 'allocations' : 'holders'
  const rows = await withProgress((progress) => readStacks(file, of, progress))
  await write(values.output, await FORMATS[format](rows, path.basename(file)))
}

module.exports = { OPTIONS, main }

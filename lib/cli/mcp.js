'use strict'

/** `seep mcp`: serves the Model Context Protocol on standard input and output, for agents. */

const { withCode } = require('../errors')
const { parseCommand } = require('./arguments')

const OPTIONS = {
  root: { type: 'string', multiple: true },
  heaps: { type: 'string', default: '1' },
  contents: { type: 'boolean', default: false }
}

const MOST_HEAPS = 16

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

async function main(args) {
  const { values, positionals } = parseCommand('mcp', args, OPTIONS)
  if (positionals.length > 0) {
    throw usage(`seep mcp takes no files; the client names them. Use --root ${positionals[0]}`)
  }
  const mostHeaps = /^\d{1,2}$/.test(values.heaps) ? Number(values.heaps) : 0
  if (mostHeaps < 1 || mostHeaps > MOST_HEAPS) {
    throw usage(`--heaps must be a number from 1 to ${MOST_HEAPS}, not "${values.heaps}"`)
  }
  const { Roots } = require('../mcp/roots')
  const { serve } = require('../mcp/server')
  const roots = await Roots.of(values.root ?? [process.cwd()])
  serve({ roots, contents: values.contents, mostHeaps })
}

module.exports = { OPTIONS, main }

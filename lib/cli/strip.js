'use strict'

/** `seep strip [--force] [--json] IN OUT`: writes a snapshot again without values. */

const fs = require('node:fs/promises')
const { bytes, plural, visible } = require('../describe')
const { withCode } = require('../errors')
const { stripWithProgress } = require('../strip')
const { parseCommand } = require('./arguments')
const { withProgress } = require('./progress')

const OPTIONS = {
  force: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false }
}

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

async function main(args) {
  const { values, positionals } = parseCommand('strip', args, OPTIONS)
  if (positionals.length !== 2) {
    throw usage('expected a snapshot file, and the name of the file to write')
  }
  const [from, to] = positionals
  // A pattern of the shell may have named two snapshots.
  if (!values.force && (await fs.lstat(to).catch(() => null)) !== null) {
    throw usage(`${visible(to)} exists; use --force to replace it`)
  }
  const done = await withProgress((progress) => stripWithProgress(from, to, progress))
  const text = `seep: stripped, ${plural(done.values, 'value')} replaced, ${bytes(done.bytesWritten)}: ${visible(to)}`
  process.stdout.write(`${values.json ? JSON.stringify(done) : text}\n`)
}

module.exports = { OPTIONS, main }

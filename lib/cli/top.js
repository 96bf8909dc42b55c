'use strict'

/** `seep top [PID]`: follows running processes on the whole screen. */

const { withCode } = require('../errors')
const { parseCommand } = require('./arguments')
const { PID } = require('./running')

const OPTIONS = {}

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

async function main(args) {
  const { positionals } = parseCommand('top', args, OPTIONS)
  if (positionals.length > 1) throw usage(`expected ${PID}, or nothing`)
  const { stdin: input, stdout: output, env } = process
  if (!input.isTTY || !output.isTTY || env.TERM === 'dumb') {
    throw usage('it needs a terminal. For a script, use seep ps --json')
  }
  const { Top } = require('../top/run')
  const hasColours = !env.NO_COLOR && output.getColorDepth() > 1
  for (const [name, number] of [
    ['SIGTERM', 15],
    ['SIGHUP', 1],
    ['SIGINT', 2]
  ]) {
    // The screen is given back on exit.
    process.once(name, () => process.exit(128 + number))
  }
  await new Top(positionals[0] ?? null, { input, output, hasColours }).run()
  // A look may still wait for an answer.
  process.exit()
}

module.exports = { OPTIONS, main }

'use strict'

/** `seep top [PID]`: follows running processes on the whole screen. */

const os = require('node:os')
const { parseCommand, usage } = require('./arguments')
const { PID } = require('./running')
const { ENDING } = require('./signals')

const OPTIONS = {}

async function main(args) {
  const { positionals } = parseCommand('top', args, OPTIONS)
  if (positionals.length > 1) throw usage(`expected ${PID}, or nothing`)
  const { stdin: input, stdout: output, env } = process
  if (!input.isTTY || !output.isTTY || env.TERM === 'dumb') {
    throw usage('it needs a terminal. For a script, use seep ps --json')
  }
  const { Top } = require('../top/run')
  const hasColours = !env.NO_COLOR && output.getColorDepth() > 1
  for (const name of ENDING) {
    // The screen is given back on exit.
    process.once(name, () => process.exit(128 + os.constants.signals[name]))
  }
  await new Top(positionals[0] ?? null, { input, output, hasColours }).run()
  // A look may still wait for an answer.
  process.exit()
}

module.exports = { OPTIONS, main }

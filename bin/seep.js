#!/usr/bin/env node
'use strict'

/** The command line: selects the command and leaves the work to lib/cli/. */

const { FAILURE, USAGE } = require('../lib/cli/exit-codes')
const help = require('../lib/cli/help')
const { nearest } = require('../lib/nearest')
const { version } = require('../package.json')

const COMMANDS = {
  analyze: () => require('../lib/cli/analyze'),
  check: () => require('../lib/cli/check'),
  compare: () => require('../lib/cli/compare'),
  demo: () => require('../lib/cli/demo'),
  export: () => require('../lib/cli/export'),
  leaks: () => require('../lib/cli/leaks'),
  mcp: () => require('../lib/cli/mcp'),
  open: () => require('../lib/cli/open'),
  ps: () => require('../lib/cli/ps'),
  run: () => require('../lib/cli/run'),
  snapshot: () => require('../lib/cli/snapshot'),
  strip: () => require('../lib/cli/strip'),
  top: () => require('../lib/cli/top'),
  verify: () => require('../lib/cli/verify')
}

const HELP = new Set(['--help', '-h', 'help'])
const VERSION = new Set(['--version', '-v', '-V', 'version'])

/** Returns whether help is requested for a command. Arguments after `--` belong to another program. */
function asksForHelp(args) {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return own.includes('--help') || own.includes('-h')
}

/** Reports a missing or unknown command. */
function refuse(wanted) {
  process.exitCode = USAGE
  if (wanted === undefined) return void process.stderr.write(help.OVERVIEW)
  const known = Object.keys(COMMANDS)
  const isOption = wanted.startsWith('-')
  const near = nearest(wanted, isOption ? ['--help', '--version'] : known)
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  const what = isOption ? 'option' : 'command'
  process.stderr.write(
    `seep: unknown ${what} "${wanted}".${hint} The commands are ${known.join(', ')}. Run seep --help for details.\n`
  )
}

async function main([name, ...args]) {
  if (VERSION.has(name)) return void console.log(version)
  const isHelp = HELP.has(name)
  const wanted = isHelp ? args[0] : name
  if (isHelp && wanted === undefined) return void process.stdout.write(help.OVERVIEW)
  if (wanted === undefined || !Object.hasOwn(COMMANDS, wanted)) return refuse(wanted)
  if (isHelp || asksForHelp(args)) return void process.stdout.write(help.COMMANDS[wanted])
  try {
    await COMMANDS[name]().main(args)
  } catch (error) {
    // An error without a code is a bug, so its stack is needed.
    if (error.code === undefined) throw error
    process.stderr.write(`seep ${name}: ${error.message}\n`)
    process.exitCode = isUsage(error) ? USAGE : FAILURE
  }
}

/** Returns whether an error is about the command line itself. */
function isUsage({ code }) {
  return ['ERR_USAGE', 'ERR_PARSE_ARGS', 'ERR_INVALID_ARG'].some((start) => code.startsWith(start))
}

// The reader may close the pipe early, as in `seep analyze ... | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error
  })
}

main(process.argv.slice(2))

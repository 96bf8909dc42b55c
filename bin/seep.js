#!/usr/bin/env node
'use strict'

/** The command line: reads what was asked for, and leaves the work to lib/cli/. */

const { FAILURE, USAGE } = require('../lib/cli/exit-codes')
const help = require('../lib/cli/help')
const { version } = require('../package.json')

const COMMANDS = {
  analyze: () => require('../lib/cli/analyze'),
  compare: () => require('../lib/cli/compare'),
  demo: () => require('../lib/cli/demo'),
  run: () => require('../lib/cli/run')
}

const HELP = new Set(['--help', '-h', 'help'])

/** Whether help is wanted of a command; what comes after `--` is not for us. */
function asksForHelp(args) {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return own.includes('--help') || own.includes('-h')
}

async function main([name, ...args]) {
  if (name === '--version') return void console.log(version)
  const isHelp = HELP.has(name)
  const wanted = isHelp ? args[0] : name
  if (isHelp && wanted === undefined) return void process.stdout.write(help.OVERVIEW)
  if (wanted === undefined || !Object.hasOwn(COMMANDS, wanted)) {
    const what = wanted === undefined ? 'What shall I do?' : `Unknown command "${wanted}".`
    process.stderr.write(`seep: ${what}\n\n${help.OVERVIEW}`)
    process.exitCode = USAGE
    return
  }
  if (isHelp || asksForHelp(args)) return void process.stdout.write(help.COMMANDS[wanted])
  try {
    await COMMANDS[name]().main(args)
  } catch (error) {
    // What has no code is a defect, and its stack is wanted.
    if (error.code === undefined) throw error
    process.stderr.write(`seep ${name}: ${error.message}\n`)
    const isUsage = error.code === 'ERR_USAGE' || error.code.startsWith('ERR_PARSE_ARGS')
    process.exitCode = isUsage ? USAGE : FAILURE
  }
}

// Whoever reads has read enough, as in `seep analyze ... | head`: that is no defect.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error
  })
}

main(process.argv.slice(2))

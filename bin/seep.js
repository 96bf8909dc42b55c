#!/usr/bin/env node
'use strict'

/** The command line: reads what was asked for, and leaves the work to lib/cli/. */

const { version } = require('../package.json')

const COMMANDS = { run: () => require('../lib/cli/run') }

const HELP = `Finds memory leaks in Node.js programs.

  seep run [--json] -- node app.js    runs a program with the detector on

  --help, --version

The detector takes its options from SEEP_* environment variables; see docs/api.md.
`

/** Exit code for a command line that makes no sense, as shells and grep use it. */
const USAGE = 2

function main([name, ...args]) {
  if (name === '--version') return void console.log(version)
  if (name === '--help' || name === 'help') return void process.stdout.write(HELP)
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
    const what = name === undefined ? 'What shall I do?' : `Unknown command "${name}".`
    process.stderr.write(`seep: ${what}\n\n${HELP}`)
    process.exitCode = USAGE
    return
  }
  try {
    COMMANDS[name]().main(args)
  } catch (error) {
    // What util.parseArgs throws at a command line; anything else is a defect.
    if (!error.code?.startsWith('ERR_PARSE_ARGS') && error.code !== 'ERR_USAGE') throw error
    process.stderr.write(`seep ${name}: ${error.message}\n`)
    process.exitCode = USAGE
  }
}

main(process.argv.slice(2))

#!/usr/bin/env node
'use strict'

/** The command line: reads what was asked for, and leaves the work to lib/cli/. */

const { version } = require('../package.json')

const COMMANDS = {
  analyze: () => require('../lib/cli/analyze'),
  compare: () => require('../lib/cli/compare'),
  run: () => require('../lib/cli/run')
}

const HELP = `Finds memory leaks in Node.js programs.

  seep run [--json] -- node app.js        runs a program with the detector on
  seep analyze [--json] [--ids ID,ID] FILE.heapsnapshot
                                          classes and biggest objects of a snapshot
  seep compare [--json] [--fail-on-leak] A.heapsnapshot B.heapsnapshot [...]
                                          what leaks, from snapshots of one process, oldest first;
                                          with --fail-on-leak, exit code 3 when something does

  --help, --version

The detector takes its options from SEEP_* environment variables; see docs/api.md.
`

/** Exit codes: the work failed; the command line makes no sense. */
const FAILURE = 1
const USAGE = 2

async function main([name, ...args]) {
  if (name === '--version') return void console.log(version)
  if (name === '--help' || name === 'help') return void process.stdout.write(HELP)
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
    const what = name === undefined ? 'What shall I do?' : `Unknown command "${name}".`
    process.stderr.write(`seep: ${what}\n\n${HELP}`)
    process.exitCode = USAGE
    return
  }
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

main(process.argv.slice(2))

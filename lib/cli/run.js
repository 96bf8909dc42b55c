'use strict'

/** `seep run [--json] [--fail-on-leak] -- node app.js`: runs a program, and its children, with the detector on. */

const { spawn } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { parseCommand, usage } = require('./arguments')
const { LEAK, NOT_JUDGED, NOT_STARTED } = require('./exit-codes')
const {
  collectReports,
  showClean,
  showGrowing,
  showLeaks,
  showNotJudged
} = require('./run-reports')

const OPTIONS = {
  json: { type: 'boolean', default: false },
  'fail-on-leak': { type: 'boolean', default: false }
}

const REGISTER = path.join(__dirname, '..', '..', 'register.js')

/** Signals that operators send to programs. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK']

/** Test runs may only last seconds. */
const TEST_INTERVAL_MS = '1000'

/** Quotes the path, because NODE_OPTIONS is split at spaces; a backslash escapes. */
function preload(file) {
  return `--require "${file.replace(/["\\]/g, '\\$&')}"`
}

/** Returns the program's environment, through which every Node process that it starts inherits the detector. */
function environment({ json, failOnLeak }) {
  const given = process.env.NODE_OPTIONS ?? ''
  const env = { ...process.env, NODE_OPTIONS: `${given} ${preload(REGISTER)}`.trim() }
  if (json) env.SEEP_LOG = 'json'
  if (failOnLeak) {
    env.SEEP_INTERVAL_MS ||= TEST_INTERVAL_MS
    env.SEEP_GATE ||= 'always'
    // Each leak is reported once, at the end, and not between the lines of the tests.
    env.SEEP_LOG ||= 'off'
  }
  return env
}

/** Starts the program. Windows only finds npm and the like through its shell, which requires quotes. */
function start(command, args, env) {
  if (process.platform !== 'win32') return spawn(command, args, { stdio: 'inherit', env })
  const line = [command, ...args].map((word) => (/[\s"&|<>^]/.test(word) ? `"${word}"` : word))
  return spawn(line.join(' '), { stdio: 'inherit', env, shell: true })
}

/** Returns whether the program has already received the signal, as it does with Ctrl-C in a terminal. */
function comesFromTerminal(signal) {
  return process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
}

/** Runs the program until it ends. Resolves to the exit code, as in a shell. */
function runToEnd(command, args, env) {
  return new Promise((resolve) => {
    const child = start(command, args, env)
    child.on('error', (error) => {
      process.stderr.write(`seep run: ${command} cannot be started: ${error.message}\n`)
      resolve(NOT_STARTED)
    })
    // The program must end as it would without seep, and seep as the program does.
    for (const name of PASSED_ON) {
      if (!(name in os.constants.signals)) continue
      process.on(name, () => {
        if (!comesFromTerminal(name)) child.kill(name)
      })
    }
    child.on('exit', (code, signal) => {
      resolve(signal === null ? code : 128 + os.constants.signals[signal])
    })
  })
}

async function main(args) {
  const { values, positionals } = parseCommand('run', args, OPTIONS)
  const [command, ...rest] = positionals
  if (command === undefined) {
    throw usage('expected a program to run, such as: seep run -- node app.js')
  }
  const failOnLeak = values['fail-on-leak']
  const env = environment({ json: values.json, failOnLeak })
  if (!failOnLeak) {
    process.exitCode = await runToEnd(command, rest, env)
    return
  }
  const reports = await collectReports(env)
  const code = await runToEnd(command, rest, env)
  const { leaks, isJudged, reasons, growing, judged, processes } = await reports.end()
  // With --json, each process has already written its own lines.
  if (!values.json) showLeaks(leaks)
  if (code !== NOT_STARTED && (!isJudged || reasons.length > 0)) showNotJudged(isJudged, reasons)
  if (growing.length > 0 && !values.json) showGrowing(growing)
  const isClean = leaks.length === 0 && growing.length === 0 && isJudged && reasons.length === 0
  if (isClean && !values.json) showClean(judged, processes)
  // A failure of the program itself takes precedence.
  if (code !== 0) process.exitCode = code
  else if (leaks.length > 0) process.exitCode = LEAK
  else if (reasons.length > 0 || growing.length > 0) process.exitCode = NOT_JUDGED
}

module.exports = { OPTIONS, main }

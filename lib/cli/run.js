'use strict'

/** `seep run [--json] [--fail-on-leak] -- node app.js`: a program, and its children, with the detector on. */

const { spawn } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { withCode } = require('../errors')
const { parseCommand } = require('./arguments')
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

/** What an operator sends to end a program, or to tell it something. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK']

/** Tests are over in seconds. */
const TEST_INTERVAL_MS = '1000'

/** NODE_OPTIONS is split at spaces; quotes hold a path together, with backslash to escape. */
function preload(file) {
  return `--require "${file.replace(/["\\]/g, '\\$&')}"`
}

/** The program's environment: every Node process that it starts inherits the detector. */
function environment({ json, failOnLeak }) {
  const given = process.env.NODE_OPTIONS ?? ''
  const env = { ...process.env, NODE_OPTIONS: `${given} ${preload(REGISTER)}`.trim() }
  if (json) env.SEEP_LOG = 'json'
  if (failOnLeak) {
    env.SEEP_INTERVAL_MS ||= TEST_INTERVAL_MS
    env.SEEP_GATE ||= 'always'
    // The leaks are told at the end, once each, and not between the lines of the tests.
    env.SEEP_LOG ||= 'off'
  }
  return env
}

/** Windows finds npm and the like only through its shell, which wants words quoted. */
function start(command, args, env) {
  if (process.platform !== 'win32') return spawn(command, args, { stdio: 'inherit', env })
  const line = [command, ...args].map((word) => (/[\s"&|<>^]/.test(word) ? `"${word}"` : word))
  return spawn(line.join(' '), { stdio: 'inherit', env, shell: true })
}

/** Ctrl-C in a terminal reaches the program by itself: passed on, it would arrive twice. */
function comesFromTerminal(signal) {
  return process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
}

/** Runs it to its end; resolves to the exit code, as a shell has it. */
function runToEnd(command, args, env) {
  return new Promise((resolve) => {
    const child = start(command, args, env)
    child.on('error', (error) => {
      process.stderr.write(`seep run: ${command} cannot be started: ${error.message}\n`)
      resolve(NOT_STARTED)
    })
    // The program is to end as it would without us, and we as it does.
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
    throw withCode(
      new Error('expected a program to run, such as: seep run -- node app.js'),
      'ERR_USAGE'
    )
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
  // As JSON, each process has written its own, one object a line.
  if (!values.json) showLeaks(leaks)
  if (code !== NOT_STARTED && (!isJudged || reasons.length > 0)) showNotJudged(isJudged, reasons)
  if (growing.length > 0 && !values.json) showGrowing(growing)
  const isClean = leaks.length === 0 && growing.length === 0 && isJudged && reasons.length === 0
  if (isClean && !values.json) showClean(judged, processes)
  // What the program itself has to complain of comes first.
  if (code !== 0) process.exitCode = code
  else if (leaks.length > 0) process.exitCode = LEAK
  else if (reasons.length > 0 || growing.length > 0) process.exitCode = NOT_JUDGED
}

module.exports = { OPTIONS, main }

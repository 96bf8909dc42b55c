'use strict'

/** `seep run [--json] -- node app.js`: a program with the detector on. */

const { spawn } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { withCode } = require('../errors')

const REGISTER = path.join(__dirname, '..', '..', 'register.js')

/** NODE_OPTIONS is split at spaces; quotes hold a path together, with backslash to escape. */
function preload(file) {
  return `--require "${file.replace(/["\\]/g, '\\$&')}"`
}

function main(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true
  })
  const [command, ...rest] = positionals
  if (command === undefined) {
    throw withCode(new Error('which program? For example: seep run -- node app.js'), 'ERR_USAGE')
  }
  const options = process.env.NODE_OPTIONS ?? ''
  const env = { ...process.env, NODE_OPTIONS: `${options} ${preload(REGISTER)}`.trim() }
  if (values.json) env.SEEP_LOG = 'json'
  const child = spawn(command, rest, { stdio: 'inherit', env })

  child.on('error', (error) => {
    process.stderr.write(`seep run: ${command} cannot be started: ${error.message}\n`)
    process.exitCode = 127
  })
  // The program is to end as it would without us, and we as it does.
  const pass = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + os.constants.signals[signal]
  })
}

module.exports = { main }

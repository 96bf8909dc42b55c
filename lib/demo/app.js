'use strict'

/** Runs the app of a demo as a child process. */

const { spawn } = require('node:child_process')
const { EventEmitter } = require('node:events')
const path = require('node:path')
const { createInterface } = require('node:readline')

const ROOT = path.join(__dirname, '..', '..')

/** Rounds every few seconds instead of every minute, all of which capture, to keep the demo short. */
const ENVIRONMENT = {
  PORT: '0',
  SEEP_INTERVAL_MS: '4000',
  SEEP_GATE: 'always',
  SEEP_LOG: 'json',
  SEEP_MAX_PAUSE_MS: '10000'
}

/** Returns the environment without the user's SEEP_* variables, which are meant for their own programs. */
function environment() {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('SEEP_'))
  return { ...Object.fromEntries(others), ...ENVIRONMENT }
}

/** Events: `url`, `memory`, `seep` (a log line of the detector) and `end` (why it ended). */
class App extends EventEmitter {
  #child
  #said = []

  constructor(file) {
    super()
    this.#child = spawn(
      process.execPath,
      ['--require', path.join(__dirname, 'probe.js'), path.join(ROOT, file)],
      { env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }
    )
    this.#child.on('message', (usage) => this.emit('memory', usage))
    this.#child.on('error', (error) => this.emit('end', error.message))
    this.#child.on('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      this.emit('end', `the app ended early (${how})\n${this.lastWords}`)
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const url = /^listening on (http:\S+)/.exec(line)?.[1]
      if (url) this.emit('url', url)
    })
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.#read(line))
  }

  /** Returns the last output of the app, for error messages. */
  get lastWords() {
    return this.#said.slice(-12).join('\n')
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.removeAllListeners('exit')
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
  }

  #read(line) {
    if (!line.startsWith('{')) return void this.#said.push(line)
    const entry = JSON.parse(line)
    if (entry.event !== 'leak') this.#said.push(entry.msg)
    this.emit('seep', entry)
  }
}

module.exports = { App }

'use strict'

/** Runs a server program of the examples, puts load on it, and waits for what it is to show. */

const { spawn } = require('node:child_process')
const http = require('node:http')
const path = require('node:path')
const { ROOT, cleanEnvironment } = require('./program')

const DEADLINE_MS = 300_000

/** Rounds in quick succession, on ports that the system chooses. */
const ENVIRONMENT = {
  PORT: '0',
  METRICS_PORT: '0',
  SEEP_INTERVAL_MS: '500',
  SEEP_GATE: 'always',
  SEEP_MAX_PAUSE_MS: '60000'
}

function get(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve(text))
    })
    request.on('error', reject)
  })
}

class Example {
  #child
  #ended
  output = ''

  /**
   * @param {string[]} args of Node
   * @param {{ env?: Record<string, string>, cwd?: string }} [options]
   */
  constructor(args, { env = {}, cwd = ROOT } = {}) {
    this.#child = spawn(process.execPath, args, {
      cwd,
      env: cleanEnvironment({ ...ENVIRONMENT, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL'
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text
      })
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve({ code, signal }))
    })
  }

  /** An address that the program printed after `words`. */
  async address(words = 'listening on') {
    const pattern = new RegExp(`${words} (http://\\S+)`)
    await this.until(() => pattern.test(this.output))
    return pattern.exec(this.output)[1]
  }

  /** Waits until `condition` holds, calling `meanwhile` again and again. */
  async until(condition, meanwhile = async () => {}) {
    while (!(await condition())) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(
          `${path.basename(this.#child.spawnargs.at(-1))} ended early:\n${this.output}`
        )
      }
      await meanwhile()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Requests in tens until `condition` holds. */
  async under(load, condition) {
    await this.until(condition, () => Promise.all(Array.from({ length: 10 }, () => get(load))))
  }

  /** Ends it as an operator does; resolves to how it ended. */
  stop(signal = 'SIGTERM') {
    this.#child.kill(signal)
    return this.#ended
  }
}

module.exports = { Example, get }

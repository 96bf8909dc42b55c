'use strict'

/** Three processes of one service, load on two of them, and a real Prometheus that scrapes all. */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { Example, get } = require('./example')
const { ROOT } = require('./program')

const CONFIGURATION = path.join(ROOT, 'examples', 'fleet')

/** Whether this machine has Prometheus, 2.x or newer. */
function hasPrometheus() {
  return spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0
}

/** A port that nobody uses now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

class Fleet {
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-fleet-'))
  #prometheus = null
  #url = null
  #loads = []
  processes = []

  /** @param {{ scrapeSeconds: number }} options */
  async start({ scrapeSeconds }) {
    // The last has nothing to do, and its gate stays closed.
    this.processes = ['always', 'always', 'growth'].map((gate) => {
      return new Example(['examples/prometheus.js'], { env: { SEEP_GATE: gate } })
    })
    const targets = []
    for (const process of this.processes) {
      targets.push(new URL(await process.address('metrics on')).host)
      this.#loads.push(await process.address())
    }
    await this.#startPrometheus(targets, scrapeSeconds)
  }

  /** The configuration of the examples, with these targets and a shorter interval. */
  async #startPrometheus(targets, seconds) {
    const text = fs
      .readFileSync(path.join(CONFIGURATION, 'prometheus.yml'), 'utf8')
      .replace(/targets: \[.*\]/, `targets: ${JSON.stringify(targets)}`)
      .replaceAll('15s', `${seconds}s`)
    const file = path.join(this.#folder, 'prometheus.yml')
    fs.writeFileSync(file, text)
    fs.copyFileSync(path.join(CONFIGURATION, 'alerts.yml'), path.join(this.#folder, 'alerts.yml'))
    const address = `127.0.0.1:${await freePort()}`
    this.#url = `http://${address}`
    const storage = path.join(this.#folder, 'data')
    this.#prometheus = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${storage}`,
        `--web.listen-address=${address}`
      ],
      { stdio: 'ignore', timeout: 180_000, killSignal: 'SIGKILL' }
    )
    await this.until(async () => /Ready/.test(await this.#ask('/-/ready')))
  }

  async #ask(where) {
    try {
      return await get(`${this.#url}${where}`)
    } catch {
      return null // not yet listening
    }
  }

  /** The result of a PromQL query: its series with their values, in order of their labels. */
  async query(expression) {
    const text = await this.#ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)
    const { status, data, error } = JSON.parse(text)
    if (status !== 'success') throw new Error(`${expression}: ${error}`)
    return data.result
  }

  async alerts() {
    return JSON.parse(await this.#ask('/api/v1/alerts')).data.alerts
  }

  /** Waits until `condition` holds, with load on all processes but the last. */
  async until(condition) {
    const busy = this.#loads.slice(0, -1)
    await this.processes[0].until(condition, () => {
      return Promise.all(busy.flatMap((url) => [get(url), get(url), get(url), get(url), get(url)]))
    })
  }

  async stop() {
    await Promise.all(this.processes.map((process) => process.stop()))
    if (this.#prometheus !== null) {
      const ended = new Promise((resolve) => this.#prometheus.once('exit', resolve))
      if (this.#prometheus.kill()) await ended
    }
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

module.exports = { CONFIGURATION, Fleet, hasPrometheus }

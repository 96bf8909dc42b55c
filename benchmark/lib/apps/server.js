'use strict'

/** An application under seep, in a process of its own, as `node --require seep/register` starts it. */

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { createInterface } = require('node:readline')

const LISTEN = path.join(__dirname, 'listen.js')
const REGISTER = path.join(__dirname, '../../../register.js')
const START_MS = 120_000
const STOP_MS = 5_000

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** What the detector has said so far, each with the number of the round that it was said in. */
function record(lines) {
  const begin = performance.now()
  const seen = { checks: [], events: [], rounds: 0, skips: {}, captures: 0, spentMs: 0 }
  lines.on('line', (line) => {
    const { leak, check, skip, spentMs } = JSON.parse(line)
    const atMs = performance.now() - begin
    if (leak) seen.events.push({ round: seen.rounds + 1, atMs, leak })
    if (!check && !skip) return
    seen.rounds += 1
    if (skip) seen.skips[skip] = (seen.skips[skip] ?? 0) + 1
    else {
      seen.checks.push({ round: seen.rounds, atMs, ...check })
      Object.assign(seen, { captures: seen.checks.length, spentMs })
    }
  })
  return seen
}

/**
 * @param {object} app
 * @param {{ folder: string, work: string, environment: object, leaks: boolean }} how `work` is where it may keep its data
 */
async function startServer(app, { folder, work, environment, leaks }) {
  const port = await freePort()
  const { args, cwd = folder, env = {} } = app.start({ folder, work, port })
  const preloads = [LISTEN, REGISTER, ...(leaks ? [path.join(folder, 'leak.js')] : [])]
  const log = fs.openSync(path.join(work, 'output.log'), 'w')
  const child = spawn(
    process.execPath,
    [...preloads.flatMap((file) => ['--require', file]), ...args],
    {
      cwd,
      stdio: ['ignore', log, log, 'pipe'],
      env: { ...process.env, ...app.env, ...env, ...environment, SEEP_APP: String(process.pid) }
    }
  )
  fs.closeSync(log)
  let ended = null
  child.on('exit', (code, signal) => {
    ended = signal ?? code
  })
  const seen = record(createInterface({ input: child.stdio[3] }))
  const output = () => fs.readFileSync(path.join(work, 'output.log'), 'utf8').slice(-2000)
  async function ready() {
    const until = performance.now() + START_MS
    while (performance.now() < until) {
      if (ended !== null) throw new Error(`${app.name} ended (${ended})\n${output()}`)
      const answer = await fetch(`http://127.0.0.1:${port}${app.ready}`).catch(() => null)
      await answer?.arrayBuffer()
      if (answer?.ok) return
      await pause(500)
    }
    throw new Error(`${app.name} does not answer\n${output()}`)
  }
  async function stop() {
    if (ended !== null) return
    child.kill('SIGTERM')
    for (let waited = 0; ended === null && waited < STOP_MS; waited += 100) await pause(100)
    if (ended === null) child.kill('SIGKILL')
  }
  return { port, pid: child.pid, seen, ready, stop, hasEnded: () => ended !== null, output }
}

module.exports = { pause, startServer }

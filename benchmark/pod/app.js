'use strict'

/**
 * The app of `benchmark/pod.js`: an HTTP server with a heap of so many megabytes
 * that leaks a session with each request, asks itself for pages, and has a
 * detector with the default options, but for the interval. It may also allocate bursts of so many
 * megabytes within a second, at irregular times. Prints lines of JSON: what each round came to.
 */

const http = require('node:http')
const { setTimeout: sleep } = require('node:timers/promises')
const { mixedHeap } = require('../stall/heap')

const [heapMegabytes, rounds, intervalMs, gate, fraction, burstMegabytes] = process.argv.slice(2)
const PAUSE_MS = 10
/** Pieces of a burst, and the time between two of them. */
const PIECES = 20
const PIECE_MS = 50

const held = mixedHeap(Number(heapMegabytes))
const sessions = new Map()

class Session {
  constructor(id) {
    this.id = id
    this.roles = ['reader', `role-${id % 7}`]
  }
}

const server = http.createServer((_request, response) => {
  sessions.set(sessions.size, new Session(sessions.size))
  response.end(`session ${sessions.size} of ${held.length}`)
})

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

function watch() {
  const { start } = require('seep')
  const options = {
    intervalMs: Number(intervalMs),
    ...(gate !== 'default' && { gate }),
    ...(fraction !== 'default' && { maxHeadroomFraction: Number(fraction) })
  }
  const detector = start(options)
  let left = Number(rounds)
  const ended = (line) => {
    say(line)
    left -= 1
    if (left === 0) process.exit()
  }
  detector.on('check', ({ cost, verdict }) => {
    // A round that was skipped, and judged by the samples of allocations.
    if (cost === null) return
    ended({ captured: cost.capture, verdict, childBytes: cost.child?.privateBytes ?? 0 })
  })
  detector.on('skip', ({ code, message }) => ended({ skipped: code, message }))
  detector.on('leak', ({ container }) => say({ leak: container.name }))
}

/** Takes memory within a second, gives it back, and does so again after a while. */
async function burst() {
  const pieces = []
  while (pieces.length < PIECES) {
    pieces.push(Buffer.alloc((Number(burstMegabytes) / PIECES) * 2 ** 20, 1))
    await sleep(PIECE_MS)
  }
  pieces.length = 0
  globalThis.gc()
  setTimeout(burst, Math.random() * 2000)
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address()
  const agent = new http.Agent({ keepAlive: true })
  const ask = () =>
    http.get({ port, agent }, (response) => {
      response.resume()
      response.on('end', () => setTimeout(ask, PAUSE_MS))
    })
  ask()
  say({ rss: process.memoryUsage.rss() })
  if (Number(burstMegabytes) > 0) burst()
  if (Number(rounds) > 0) watch()
  else setTimeout(() => process.exit(), Number(intervalMs))
})

'use strict'

/**
 * One program as a service, and what the detector says of its memory at each of so many readings.
 *
 * node child.js PROGRAM JSON: what was seen goes to the parent in one message.
 */

const { createRequire } = require('node:module')
const path = require('node:path')
const { traffic } = require('../field/traffic')
const { truthOf } = require('./truth')

/** Looks at the clock in an interval. */
const BEATS = 8
/** A service that cannot follow sheds load. */
const MOST_BEHIND = 2
/** Readings before the first that the truth is compared with: a process that starts grows. */
const STARTS = 8

const [file, json] = process.argv.slice(2)
const { intervalMs, readings, seed, addon, folders, folder } = JSON.parse(json)

const tools = {
  addon: addon === undefined ? undefined : require(addon),
  load: (name) => createRequire(path.join(folders[name], 'package.json'))(name),
  folder
}

/** What nobody but the program knows, in bytes, since when. */
const own = [{ atMs: 0, bytes: 0 }]

/** What is said of the memory at one reading. */
function noted({ memory, native }, verdict) {
  const atMs = Date.parse(memory.at)
  const { rssBytes, parts, external, allocator, threads, files, handles, tookMs } = memory
  return {
    verdict,
    ownBytes: own.findLast((entry) => entry.atMs <= atMs).bytes,
    rssBytes,
    parts,
    external,
    allocator,
    threads,
    files,
    handles,
    tookMs,
    native: native && { kind: native.kind, isGrowth: native.isGrowth, title: native.title }
  }
}

/** Listens to the detector; `onReading` is called after each. */
function listenTo(detector, onReading) {
  const seen = { rounds: 0, readings: [], growths: [], leaks: [], skips: {} }
  const round = (verdict, code) => {
    seen.rounds++
    if (code !== undefined) seen.skips[code] = (seen.skips[code] ?? 0) + 1
    const status = detector.status()
    if (status.memory !== null) seen.readings.push(onReading(noted(status, verdict)))
  }
  const at = () => seen.rounds + 1
  detector.on('memory-growth', (growth) => seen.growths.push({ round: at(), growth }))
  detector.on('leak', (leak) => seen.leaks.push({ round: at(), leak }))
  detector.on('check', ({ verdict, skip }) => {
    if (verdict !== 'skipped') round(verdict, skip?.code)
  })
  detector.on('skip', ({ code }) => round('skipped', code))
  return seen
}

/** Lets the load of `loads` come until `isOver`. */
async function serve(program, context, loads, isOver) {
  const begin = performance.now()
  let due = 0
  let until = 0
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs / BEATS))
    const now = (performance.now() - begin) / intervalMs
    due += program.units * loads[Math.floor(now) % loads.length] * (now - until)
    until = now
    const units = Math.floor(Math.min(due, MOST_BEHIND * program.units))
    if (units === 0) continue
    due -= units
    await program.work(context, units)
    const bytes = program.unattributedBytes?.(context)
    if (bytes !== undefined) own.push({ atMs: Date.now(), bytes })
  }
}

async function main() {
  // First, as an app loads what watches it.
  const { start } = require('../../..')
  const detector = start({ intervalMs, logger: false })
  const program = require(file)
  let started = null
  const seen = listenTo(detector, (reading) => {
    if (seen.rounds === STARTS) started = truthOf()
    return reading
  })
  const context = await program.setup(tools)
  await serve(program, context, traffic(seed, readings), () => seen.rounds >= readings)
  const truth = { from: started, to: truthOf() }
  const { captures } = detector.status()
  const { cause, expect } = program
  const { growths, leaks, skips } = seen
  // What holds threads open may not end by itself.
  process.send(
    { cause, expect, readings: seen.readings, growths, leaks, skips, captures, truth },
    () => process.exit(0)
  )
}

main().catch((error) => {
  process.send({ error: error.stack }, () => process.exit(1))
})

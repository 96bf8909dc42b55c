'use strict'

/**
 * One program as a service: the detector first, with its defaults, then set-up, then traffic. Ends after so many rounds,
 * or soon after its leak was told.
 *
 * node child.js PROGRAM JSON: what was seen goes to the parent in one message.
 */

const { compare } = require('../verdict/score')
const { traffic } = require('./traffic')

/** Work comes in pieces, so many in an interval at the usual load. */
const PIECES = 2
/**
 * Share of an interval that its usual load takes of the processor, besides what the program does: an interval is shorter
 * here than in life, and requests that take no time would not show as work.
 */
const BUSY_SHARE = 0.01
/** Looks at the clock in an interval. */
const BEATS = 8
/** A service that cannot follow sheds load. */
const MOST_BEHIND = 4

const [file, json] = process.argv.slice(2)
const { intervalMs, intervals, seed, gate, toTheEnd } = JSON.parse(json)

/** What the detector says, each with the number of the round that it was said in. */
function listenTo(detector) {
  const seen = { checks: [], events: [], rounds: 0, skips: {} }
  detector.on('leak', (leak) => seen.events.push({ round: seen.rounds + 1, leak }))
  detector.on('check', ({ verdict, suspects }) => {
    seen.rounds += 1
    const titles = suspects.map(({ title }) => title)
    seen.checks.push({ round: seen.rounds, verdict, suspects: titles })
  })
  detector.on('skip', ({ code }) => {
    seen.rounds += 1
    seen.skips[code] = (seen.skips[code] ?? 0) + 1
  })
  return seen
}

/** What answering requests takes: parsing, templates, compression. */
function compute(ms) {
  const before = process.cpuUsage()
  const usedMs = ({ user, system }) => (user + system) / 1000
  while (usedMs(process.cpuUsage(before)) < ms);
}

/** Lets the load of `loads` come until `isOver`. */
async function serve(program, context, loads, isOver) {
  const { n } = { n: 100, ...program.verify }
  const begin = performance.now()
  let due = 0
  let until = 0
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs / BEATS))
    const now = (performance.now() - begin) / intervalMs
    due += PIECES * loads[Math.floor(now) % loads.length] * (now - until)
    until = now
    for (due = Math.min(due, MOST_BEHIND); due >= 1; due--) {
      // What fails under a load that the machine cannot carry is part of a service's life.
      await program.step(context, Math.max(1, Math.round(n / PIECES))).catch(() => {})
      compute((BUSY_SHARE * intervalMs) / PIECES)
    }
  }
}

function isTold(events, { expect }) {
  return expect.leak && events.some(({ leak }) => compare(leak, expect).isIt)
}

async function main() {
  const { start } = require('../../..')
  const detector = start({ intervalMs, ...(gate === undefined ? {} : { gate }), logger: false })
  const seen = listenTo(detector)
  const program = require(file)
  const context = await program.setup()
  const isOver = () => seen.rounds >= intervals || (!toTheEnd && isTold(seen.events, program))
  await serve(program, context, traffic(seed, intervals), isOver)
  const { captures, options, cpuMsLeftToday } = detector.status()
  const spentMs = options.maxDailyCpuMs - cpuMsLeftToday
  await detector.stop()
  const { name, kind, expect } = program
  process.send({ name, kind, expect, ...seen, captures, spentMs }, () => process.exit(0))
}

main().catch((error) => {
  process.send({ error: error.stack }, () => process.exit(1))
})

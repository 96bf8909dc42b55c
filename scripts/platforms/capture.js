'use strict'

/**
 * Makes forked captures while a Map grows, until its leak is found, and then in-process
 * captures. Fails unless all of them succeed.
 *
 *   node capture.js FORKED IN_PROCESS
 *
 * Runs on platforms that the other tests do not cover, with an installed seep.
 */

const os = require('node:os')
const { LeakDetector } = require('seep')

const ITEMS_PER_ROUND = 2000
/** Initial size, so that it does not look like a batch that is still filling, which takes more rounds to judge. */
const ITEMS_BEFORE = 40_000

class Session {
  constructor(id) {
    this.id = id
  }
}

/** The leak. */
const sessions = new Map()

function grow(items) {
  for (let i = 0; i < items; i++) sessions.set(sessions.size, new Session(i))
}

/** Returns how many of `times` captures succeeded, and the first leak that was reported. */
async function captures(capture, times) {
  const detector = new LeakDetector({ capture, maxPauseMs: 600_000 })
  let ok = 0
  let found = null
  detector.on('leak', (leak) => {
    found ??= leak.title
  })
  for (let i = 0; i < times; i++) {
    grow(ITEMS_PER_ROUND)
    const { skip, cost, verdict, snapshot } = await detector.check()
    const isAsWanted = skip === null && (cost.child !== null) === (capture === 'fork')
    if (isAsWanted) ok += 1
    console.log(
      skip === null
        ? `${capture}: ${verdict}, ${snapshot.nodes} objects, pause ${cost.pauseMs.toFixed(0)} ms, ${cost.captureMs.toFixed(0)} ms in all, ${cost.attempts} attempts`
        : `${capture}: ${skip.code} ${skip.message}`
    )
  }
  await detector.stop()
  return { ok, found }
}

async function main(forkedTimes, inlineTimes) {
  const runtime = process.report.getReport().header.glibcVersionRuntime
  const libc = runtime === undefined ? 'musl' : `glibc ${runtime}`
  console.log(`Node ${process.version}, ${process.arch}, ${libc}, Linux ${os.release()}`)
  grow(ITEMS_BEFORE)
  const forked = await captures('fork', forkedTimes)
  const inline = await captures('inline', inlineTimes)
  console.log(
    `forked captures: ${forked.ok} of ${forkedTimes}, in-process: ${inline.ok} of ${inlineTimes}, leak: ${forked.found ?? 'none found'}`
  )
  const isWhole = forked.ok === forkedTimes && inline.ok === inlineTimes
  if (!isWhole || !forked.found?.includes('sessions')) process.exitCode = 1
}

main(...process.argv.slice(2).map(Number))

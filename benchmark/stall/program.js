'use strict'

/**
 * One process of the benchmark: fills a heap, takes one snapshot in the way
 * that the first argument names, and prints the longest gap between two turns
 * of its event loop.
 *
 *   node program.js writeHeapSnapshot|heapdump|fork MEGABYTES
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const v8 = require('node:v8')
const { mixedHeap } = require('./heap')

const [method, megabytes] = process.argv.slice(2)

/** What each needs is loaded beforehand: loading is not what is measured. */
const METHODS = {
  writeHeapSnapshot: () => async (file) => void v8.writeHeapSnapshot(file),
  heapdump: () => {
    const { writeSnapshot } = require('heapdump')
    return (file) => new Promise((resolve) => writeSnapshot(file, resolve))
  },
  fork: () => {
    const { LeakDetector } = require('seep')
    const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
    return async () => {
      const { skip, cost, snapshot } = await detector.check()
      await detector.stop()
      if (skip !== null) throw new Error(`${skip.code}: ${skip.message}`)
      return { ...cost, nodes: snapshot.nodes }
    }
  }
}

/** Watches the event loop until called again; returns the longest gap, in milliseconds. */
function watchGaps() {
  let last = performance.now()
  let longest = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  return () => {
    look()
    clearInterval(timer)
    return longest
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function main() {
  const capture = METHODS[method]()
  const held = mixedHeap(Number(megabytes))
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-stall-'))
  global.gc?.()
  await sleep(500)
  const endQuiet = watchGaps()
  await sleep(1000)
  const quietGapMs = endQuiet()
  const rssBytes = process.memoryUsage.rss()
  const end = watchGaps()
  const began = performance.now()
  const cost = await capture(path.join(folder, 'a.heapsnapshot'))
  const tookMs = performance.now() - began
  const gapMs = end()
  fs.rmSync(folder, { recursive: true })
  console.log(
    JSON.stringify({ method, gapMs, quietGapMs, tookMs, rssBytes, cost, held: held.length })
  )
}

main()

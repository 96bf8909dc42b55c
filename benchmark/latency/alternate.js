'use strict'

/**
 * What an idle detector costs a program, told from what else changes in it:
 * slices of a third of a second with one and without one take turns in the same
 * process, and each is compared with its neighbours.
 *
 * Processor time for each request is compared, not requests in a second: the
 * machine's other programs change the latter far more.
 */

const { setTimeout: sleep } = require('node:timers/promises')

const SLICE_MS = 300
const SETTLE_MS = 50
const PAIRS = Number(process.env.PAIRS ?? 200)

/** Its thread waits, its floors are sampled ten times a second, and no round is due. */
async function makeDetector() {
  const { LeakDetector } = require('seep')
  const detector = new LeakDetector({ intervalMs: 10 * SLICE_MS, minChecks: 2 })
  // Makes the native part, and fails before anything is captured.
  await detector.writeSnapshot('/no/such/folder/file').catch(() => {})
  return detector
}

/**
 * @param {() => number} requests answered so far
 * @returns {Promise<{ idle: boolean, requests: number, cpuMicros: number }[]>}
 */
async function alternate(requests) {
  const slices = []
  for (let i = 0; i < 2 * PAIRS + 1; i++) {
    const idle = i % 2 === 1
    // Both kinds of slices come after the same work: a detector is made, and one is stopped.
    const [kept, spare] = [await makeDetector(), await makeDetector()]
    kept.start()
    await spare.stop()
    if (!idle) await kept.stop()
    await sleep(SETTLE_MS)
    const before = { requests: requests(), cpu: process.cpuUsage() }
    await sleep(SLICE_MS)
    const { user, system } = process.cpuUsage(before.cpu)
    slices.push({ idle, requests: requests() - before.requests, cpuMicros: user + system })
    await kept.stop()
  }
  return slices
}

/** How much more a slice with a detector takes for a request than those before and after it. */
function ratios(slices) {
  const cost = slices.map(({ requests, cpuMicros }) => cpuMicros / requests)
  return slices.flatMap(({ idle }, i) =>
    idle ? [cost[i] / ((cost[i - 1] + cost[i + 1]) / 2)] : []
  )
}

module.exports = { SLICE_MS, alternate, ratios }

'use strict'

/** Runs one app of the demo under load, until seep has a verdict. */

const os = require('node:os')
const { App } = require('./app')

const LOAD = { rate: 100, connections: 10 }

/** Maximum number of rounds, captured or skipped. A verdict needs four; a busy machine skips some. */
const MOST_ROUNDS = 20

/** Timeout for output of the app, which normally logs every few seconds. */
const SILENCE_MS = 120_000

/** Longer than any demo. */
const LOAD_SECONDS = 24 * 3600

/** Load per processor above which a machine counts as busy. */
const BUSY = 1.5

/** Returns a note for users who have to wait longer than announced, or null. */
function busyness() {
  const [load] = os.loadavg()
  const processors = os.availableParallelism()
  if (load < processors * BUSY) return null
  return `this machine is busy (load ${load.toFixed(0)}, ${processors} processors), so rounds take longer`
}

/**
 * Runs the app under load until its detector emits a leak or finds it healthy, or until MOST_ROUNDS.
 *
 * @param {{ file: string, putLoad: typeof import('./load').putLoad, loader: string }} what file of the app, and load generator
 * @param {'leak' | 'healthy'} expected
 * @param {import('./screen').Screen} screen
 * @returns {Promise<{ leak: object | null, check: object | null, problem: string | null }>}
 */
async function watchApp({ file, putLoad, loader }, expected, screen) {
  const app = new App(file)
  let endLoad = null
  let requests = 0
  try {
    return await new Promise((resolve) => {
      const end = (outcome) => resolve({ leak: null, check: null, problem: null, ...outcome })
      const silence = setTimeout(
        () => end({ problem: `no output from the app for two minutes\n${app.lastWords}` }),
        SILENCE_MS
      ).unref()
      let rounds = 0
      const countRound = () => {
        rounds += 1
        if (rounds === MOST_ROUNDS)
          end({ problem: `no verdict after ${rounds} rounds\n${app.lastWords}` })
      }

      app.once('url', (url) => {
        screen.note(`${LOAD.rate} requests per second, ${LOAD.connections} connections${loader}`)
        const busy = busyness()
        if (busy !== null) screen.note(busy)
        const onResponse = () => {
          requests += 1
        }
        endLoad = putLoad({ url, ...LOAD, seconds: LOAD_SECONDS, onResponse })
      })
      app.on('memory', (usage) => screen.memory(usage.heapUsed, requests))
      app.on('seep', ({ event, leak, check, skip }) => {
        silence.refresh()
        if (event === 'skip') screen.skip(skip)
        if (event === 'check') screen.check(check)
        if (event === 'leak' && expected === 'leak') end({ leak })
        if (event === 'leak' && expected === 'healthy')
          end({ problem: `a leak was reported: ${leak.title}` })
        if (event === 'check' && check.verdict === expected) end({ check })
        if (event === 'check' || event === 'skip') countRound()
      })
      app.once('end', (problem) => end({ problem }))
    })
  } finally {
    screen.endLive()
    endLoad?.()
    await app.stop()
  }
}

module.exports = { watchApp }

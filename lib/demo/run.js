'use strict'

/** One run of the demo: an app, load on it, and waiting for what seep says. */

const { App } = require('./app')

const LOAD = { rate: 100, connections: 10 }
const DEADLINE_MS = 150_000

/**
 * Runs the app under load until its detector emits a leak, or calls it healthy.
 *
 * @param {{ file: string, putLoad: typeof import('./load').putLoad, loader: string }} what the app's file, and what makes the requests
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
      const tooLate = () => end({ problem: `no verdict in time\n${app.lastWords}` })
      const deadline = setTimeout(tooLate, DEADLINE_MS)
      deadline.unref()

      app.once('url', (url) => {
        screen.note(`${LOAD.rate} requests a second, ${LOAD.connections} connections${loader}`)
        const onResponse = () => {
          requests += 1
        }
        endLoad = putLoad({ url, ...LOAD, seconds: DEADLINE_MS / 1000, onResponse })
      })
      app.on('memory', (usage) => screen.memory(usage.heapUsed, requests))
      app.on('seep', ({ event, leak, check, skip }) => {
        if (event === 'skip') screen.skip(skip)
        if (event === 'check') screen.check(check)
        if (event === 'leak' && expected === 'leak') end({ leak })
        if (event === 'leak' && expected === 'healthy')
          end({ problem: `a leak was reported: ${leak.title}` })
        if (event === 'check' && check.verdict === expected) end({ check })
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

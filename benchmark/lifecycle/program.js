'use strict'

/**
 * One process of the lifecycle benchmark, as its arguments say: what loading
 * seep takes, or when it began to end.
 */

const { childrenOf } = require('../../__test__/fixtures/fork/process-state')
const { mixedHeap } = require('../stall/heap')

/** The clock is the same in all processes of a machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6

const [what, how] = process.argv.slice(2)

function load() {
  const before = now()
  const cpu = process.cpuUsage()
  const { start } = require('seep')
  start()
  const { user, system } = process.cpuUsage(cpu)
  process.send({ tookMs: now() - before, cpuMs: (user + system) / 1000 })
}

async function end() {
  globalThis.held = mixedHeap(50)
  const alive = setInterval(() => {}, 1000)
  if (how !== 'without') {
    const { start } = require('seep')
    const detector = start({ maxPauseMs: 600_000 })
    if (how === 'mid-capture') {
      void detector.check()
      await new Promise((resolve) => {
        const look = setInterval(() => {
          if (childrenOf(process.pid).length === 0) return
          clearInterval(look)
          resolve()
        }, 5)
      })
    }
  }
  process.send({ began: now() }, () => {
    if (what === 'exit') process.exit(0)
    if (what === 'uncaught') throw new Error('meant')
    clearInterval(alive)
    process.kill(process.pid, 'SIGTERM')
  })
}

if (what === 'load') load()
else end()

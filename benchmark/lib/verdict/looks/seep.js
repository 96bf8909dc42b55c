'use strict'

/** Looks with the detector itself: one check() after each round. */

const { LeakDetector } = require('../../../..')

async function begin({ capture }) {
  const detector = new LeakDetector({ gate: 'always', capture, logger: false })
  const checks = []
  const events = []
  let now = 0
  detector.on('leak', ({ id, title }) => events.push({ round: now, id, title }))
  return {
    async look(round) {
      now = round
      const { verdict, leaks, suspects, skip, cost, snapshot } = await detector.check()
      checks.push({ verdict, leaks, suspects, skip, cost, nodes: snapshot?.nodes ?? null })
    },
    async end() {
      await detector.stop()
      return { checks, events }
    }
  }
}

module.exports = { begin }

'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

describe('SEEP_SIGNAL', { skip: process.platform === 'win32' }, () => {
  it('takes one listener for all detectors, and gives it back', async () => {
    const { value, stderr } = await evaluate(
      `const { listenForSignals } = require('./lib/signals')
      let calls = 0
      const leaves = Array.from({ length: 20 }, () => listenForSignals({ SEEP_SIGNAL: () => calls++ }))
      const count = () => process.listenerCount('SIGUSR2')
      const counts = [count()]
      process.emit('SIGUSR2')
      leaves[0]()
      leaves[0]() // leaving twice is leaving once
      process.emit('SIGUSR2')
      counts.push(count())
      for (const leave of leaves) leave()
      counts.push(count())
      console.log(JSON.stringify({ counts, calls }))`,
      { env: { SEEP_SIGNAL: 'SIGUSR2' } }
    )
    assert.deepEqual(value, { counts: [1, 1, 0], calls: 39 })
    assert.equal(stderr, '')
  })
})

'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

const onUnix = { skip: process.platform === 'win32' }

describe('signals', onUnix, () => {
  it('start a check and write a snapshot, whatever the gate says', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-signals-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const { value, stderr } = await evaluate(
      `const { once } = require('node:events')
      const fs = require('node:fs')
      const detector = require('seep').start({ maxPauseMs: 600_000 })
      const folder = process.env.SEEP_REPORT_DIR
      const alive = setInterval(() => {}, 1000)
      const names = () => fs.readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot'))
      async function main() {
        process.kill(process.pid, 'SIGUSR2')
        const [{ verdict }] = await once(detector, 'check')
        process.kill(process.pid, 'SIGHUP')
        while (names().length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
        await detector.stop()
        clearInterval(alive)
        const listeners = ['SIGUSR2', 'SIGHUP'].map((signal) => process.listenerCount(signal))
        console.log(JSON.stringify({ verdict, names: names(), listeners }))
      }
      main()`,
      { env: { SEEP_SIGNAL: 'SIGUSR2', SEEP_SNAPSHOT_SIGNAL: 'sighup', SEEP_REPORT_DIR: folder } }
    )
    assert.equal(value.verdict, 'insufficient-data')
    assert.match(value.names.join(), /^Heap\.\d{8}\.\d{6}\.\d+\.0\.\d{3}\.heapsnapshot$/)
    assert.deepEqual(value.listeners, [0, 0])
    assert.equal(stderr, '')
  })
})

describe('SEEP_SNAPSHOT_SIGNAL', onUnix, () => {
  it('says why there is no file, and counts no round', async () => {
    const { value } = await evaluate(
      `const { once } = require('node:events')
      const detector = require('seep').start()
      const alive = setInterval(() => {}, 1000)
      once(detector, 'skip').then(async ([{ code }]) => {
        const { rounds, skips } = detector.status()
        await detector.stop()
        clearInterval(alive)
        console.log(JSON.stringify({ code, rounds, skips }))
      })
      process.kill(process.pid, 'SIGHUP')`,
      { env: { SEEP_SNAPSHOT_SIGNAL: 'SIGHUP', SEEP_REPORT_DIR: '/proc/no-such-folder' } }
    )
    assert.deepEqual(value, { code: 'ERR_FILE_OS', rounds: 0, skips: {} })
  })
})

describe('SEEP_SIGNAL', onUnix, () => {
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

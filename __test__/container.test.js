'use strict'

/** In a container of little memory, with the default options, the application lives. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { it } = require('node:test')
const { memoryLimits } = require('../benchmark/lib/memory-group')
const { lacking } = require('./support/lacking')
const { cleanEnvironment } = require('./support/program')

const NO_WALK = path.join(__dirname, 'support', 'no-walk.js')
const PROGRAM = path.join(__dirname, 'fixtures', 'heap-jumps.js')
const LEAK = path.join(__dirname, 'fixtures', 'allocations', 'skipped.js')
const MIB = 2 ** 20
const LIMIT = 300 * MIB
const ROUNDS = 10

const limits = memoryLimits()
const skip =
  (process.platform !== 'linux' && 'control groups are for Linux') ||
  lacking((limits === null || !limits.isShared) && 'no control group can be made')

/** What a program prints in a control group that it does not survive past. */
async function printed(...args) {
  const { child, figures } = limits.start([process.execPath, ...args], LIMIT, cleanEnvironment({}))
  let stdout = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  const ended = await new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code))
  })
  assert.equal(ended, 0)
  const { peakBytes, kills } = figures()
  assert.equal(kills, 0)
  assert.ok(peakBytes === null || peakBytes < LIMIT, `${peakBytes} bytes at the peak`)
  return JSON.parse(stdout)
}

/** How the program is captured, round by round. */
async function captured(...flags) {
  const { outcomes, held } = await printed(...flags, PROGRAM, '200000', String(ROUNDS))
  assert.equal(held, 200_000)
  assert.equal(outcomes.length, ROUNDS + 1)
  return outcomes
}

it('a heap that jumps past what V8 may take for a capture costs a skip, and nobody his life', {
  skip
}, async () => {
  const [first, ...rest] = await captured('--require', NO_WALK)
  assert.equal(first, 'fork')
  for (const outcome of rest) assert.equal(outcome, 'ERR_CAPTURE_NO_MEMORY')
})

it('a leak that no snapshot can show is told by the growth of its allocations', {
  skip: skip || (process.arch !== 'x64' && 'not sampled here')
}, async () => {
  const { told, skips } = await printed(
    '--require',
    NO_WALK,
    '--expose-gc',
    LEAK,
    '{}',
    '120',
    '400000'
  )
  const codes = skips.map(({ code }) => code).filter((code) => code.startsWith('ERR_'))
  assert.ok(
    codes.every((code) => code === 'ERR_CAPTURE_NO_MEMORY'),
    codes.join()
  )
  assert.deepEqual([told.length, told[0].allocations.source], [1, 'growth'])
  assert.ok(told[0].allocations.createdIn.file.endsWith('skipped.js'))
})

it('the same heap is walked, every time', {
  skip: skip || (process.arch !== 'x64' && 'not walked here')
}, async () => {
  assert.deepEqual(await captured(), Array(ROUNDS + 1).fill('walk'))
})

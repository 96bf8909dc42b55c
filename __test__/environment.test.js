'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

/** What `readBoolean` makes of a text, and how many warnings that gave. */
async function read(text, fallback) {
  const { value } = await evaluate(
    `let warnings = 0
     process.on('warning', () => { warnings += 1 })
     const { readBoolean } = require('./lib/environment')
     const values = [readBoolean('SEEP_ENABLED', ${fallback}), readBoolean('SEEP_ENABLED', ${fallback})]
     setImmediate(() => console.log(JSON.stringify({ values, warnings })))`,
    { env: text === undefined ? {} : { SEEP_ENABLED: text } }
  )
  return value
}

describe('switches', () => {
  it('take 1, true, on and yes in any case', async () => {
    for (const text of ['1', 'TRUE', 'On', ' yes ']) {
      assert.deepEqual(await read(text, false), { values: [true, true], warnings: 0 })
    }
  })

  it('take 0, false, off and no in any case', async () => {
    for (const text of ['0', 'False', 'OFF', 'no']) {
      assert.deepEqual(await read(text, true), { values: [false, false], warnings: 0 })
    }
  })

  it('stay at the default when not given', async () => {
    assert.deepEqual(await read(undefined, true), { values: [true, true], warnings: 0 })
    assert.deepEqual(await read('', false), { values: [false, false], warnings: 0 })
  })

  it('stay at the default for anything else, with one warning', async () => {
    assert.deepEqual(await read('maybe', true), { values: [true, true], warnings: 1 })
    assert.deepEqual(await read('2', false), { values: [false, false], warnings: 1 })
  })
})

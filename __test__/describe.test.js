'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { bytes, milliseconds } = require('../lib/describe')

describe('a size', () => {
  it('has one decimal and a unit, as in the titles of reports', () => {
    const sizes = [0, 0.4, 999, 1000, 1234, 12_345, 9_949, 123_456_789, 5.5e12]
    assert.deepEqual(sizes.map(bytes), [
      '0 B',
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 kB',
      '12.3 kB',
      '9.9 kB',
      '123.5 MB',
      '5500.0 GB'
    ])
  })

  it('that rounds to a thousand is one of the next unit', () => {
    const edges = [999.4, 999.5, 999_949, 999_951, 999_960_000]
    assert.deepEqual(edges.map(bytes), ['999 B', '1.0 kB', '999.9 kB', '1.0 MB', '1.0 GB'])
  })
})

describe('a duration', () => {
  it('is rounded over no edge', () => {
    assert.deepEqual([0, 9.94, 9.96, 12.4, 999.4, 999.6, 1000, 12_345].map(milliseconds), [
      '0.0 ms',
      '9.9 ms',
      '10 ms',
      '12 ms',
      '999 ms',
      '1.0 s',
      '1.0 s',
      '12.3 s'
    ])
  })
})

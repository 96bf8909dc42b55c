'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { bytes, milliseconds } = require('../lib/describe')

describe('a size', () => {
  it('has one decimal below ten of its unit, and none above', () => {
    const sizes = [0, 0.4, 999, 1000, 1234, 12_345, 9_949, 123_456_789, 5.5e12]
    assert.deepEqual(sizes.map(bytes), [
      '0 B',
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 kB',
      '12 kB',
      '9.9 kB',
      '123 MB',
      '5.5 TB'
    ])
  })

  it('that rounds to a thousand is one of the next unit', () => {
    const edges = [999.4, 999.5, 999.6, 999_499, 999_600, 999_600_000, 999_999_999_999, 9.9999e14]
    assert.deepEqual(edges.map(bytes), [
      '999 B',
      '1.0 kB',
      '1.0 kB',
      '999 kB',
      '1.0 MB',
      '1.0 GB',
      '1.0 TB',
      '1000 TB'
    ])
  })

  it('that rounds to ten of a unit has no decimal', () => {
    assert.deepEqual([9_949, 9_950, 9_960, 9_999_999].map(bytes), [
      '9.9 kB',
      '10 kB',
      '10 kB',
      '10 MB'
    ])
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

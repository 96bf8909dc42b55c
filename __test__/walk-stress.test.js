'use strict'

/** The short form of benchmark/walk-stress.js. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const binding = require('../binding')
const { runtimeVersions } = require('../lib/runtime')
const { makeProbes } = require('../lib/walk-probes')
const { lacking } = require('./support/lacking')
const { runNode } = require('./support/program')

const STRESS = path.join(__dirname, 'fixtures', 'walk', 'stress.js')
const WALKS = 4
/** Those under which walks, or forks, have failed in the past. */
const FLAGS = ['--stress-compaction', '--always-sparkplug', '--jitless', '--single-threaded']

const isHere = process.platform === 'linux' && process.arch === 'x64'
const skip = isHere
  ? lacking(binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), '') ?? false)
  : 'elsewhere'

describe('walks count exactly and leave nothing', { skip, concurrency: 1 }, () => {
  for (const flag of FLAGS) {
    it(`with ${flag}`, async () => {
      // V8 itself may warn of a flag.
      const { code, signal, stdout } = await runNode([flag, STRESS, `${WALKS}`, '0'])
      assert.deepEqual([code, signal], [0, null])
      const { wrong, before, after } = JSON.parse(stdout)
      assert.deepEqual(wrong, [])
      assert.deepEqual(after, before)
    })
  }
})

'use strict'

/** What a round makes of the native part's answers. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { Rounds } = require('../lib/rounds')
const { resolveOptions } = require('../lib/options')

/** Answers a request by asking for a capture with `method`, which then fails in the native part. */
function defective(method) {
  return class {
    #tell

    constructor(_options, tell) {
      this.#tell = tell
    }

    wantsComparison() {
      return false
    }

    check() {
      setImmediate(() => this.#tell('capture', JSON.stringify({ round: 1, method })))
      return 1
    }

    write() {
      return this.check()
    }

    capture() {
      throw new Error('no capture')
    }

    push() {
      return true
    }

    end() {
      throw new Error('no end')
    }
  }
}

/** @returns {Rounds} of a native part that is this class */
function roundsOf(NativeDetector, emit = () => {}) {
  const binding = { NativeDetector, threadCpuMs: () => 0 }
  return new Rounds(binding, resolveOptions({}), emit, () => {})
}

describe('a defect of the native part', () => {
  for (const [method, message] of [
    ['fork', 'no capture'],
    ['stream', 'no end']
  ]) {
    it(`ends a round by ${method} with a skip`, async () => {
      const events = []
      const rounds = roundsOf(defective(method), (name) => events.push(name))
      const { verdict, skip } = await rounds.check('check')
      assert.equal(verdict, 'skipped')
      assert.equal(skip.code, 'ERR_INTERNAL')
      assert.match(skip.message, new RegExp(message))
      assert.deepEqual(events, ['skip'])
    })

    it(`rejects a snapshot file by ${method}`, async () => {
      const written = roundsOf(defective(method)).writeSnapshot('/tmp/a')
      await assert.rejects(written, { code: 'ERR_INTERNAL' })
    })
  }
})

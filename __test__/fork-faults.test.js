'use strict'

/** Whatever becomes of the child, the round ends with a code and the process is as before. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const { runNode } = require('./support/program')

const PROGRAM = path.join(__dirname, 'fixtures', 'fork', 'faulty.js')

/** The code of the skip, or how many attempts a capture took. */
const EXPECTED = {
  'killed before the first byte': 'ERR_CAPTURE_CHILD_DIED',
  'killed in the middle': 'ERR_CAPTURE_CHILD_DIED',
  'killed at the end': 'ERR_CAPTURE_CHILD_DIED',
  'a lock is held, always': 'ERR_CAPTURE_CHILD_DIED',
  'a lock is held, twice': 3,
  'a segment is missing, once': 2,
  'a wait for a thread': 'ERR_CAPTURE_CHILD_DIED',
  'a sleep, once': 2,
  'a sleep, always': 'ERR_CAPTURE_TIMEOUT',
  'a stop, once': 2,
  'a stop, always': 'ERR_CAPTURE_TIMEOUT',
  'the writer throws': 'ERR_CAPTURE_FAILED',
  'a fatal error': 'ERR_CAPTURE_CHILD_DIED',
  'the bytes are no snapshot': 'ERR_SNAPSHOT_MALFORMED',
  'the document ends early': 'ERR_SNAPSHOT_TRUNCATED',
  'another exit code': 'ERR_CAPTURE_CHILD_DIED'
}

const only = { skip: process.platform !== 'linux' && 'forked capture is for Linux' }

describe('a capturing child', only, () => {
  for (const [fault, expected] of Object.entries(EXPECTED)) {
    it(fault, async () => {
      const { code, stdout, stderr } = await runNode([PROGRAM, fault])
      assert.equal(code, 0, stderr)
      assert.equal(stderr, '')
      const { report, before, after, written, left, spent, busyMs } = JSON.parse(stdout)
      if (typeof expected === 'number') {
        assert.equal(report.skip, null)
        // A busy moment at the first attempts is an attempt too.
        assert.ok(report.cost.attempts >= expected, `${report.cost.attempts} attempts`)
        assert.equal(written, null)
        assert.deepEqual(left, ['a.heapsnapshot'])
      } else {
        assert.equal(report.skip?.code, expected, report.skip?.message)
        assert.equal(report.verdict, 'skipped')
        assert.equal(report.cost, null)
        assert.notEqual(written, null)
        assert.deepEqual(left, [], 'no half file')
      }
      assert.equal(spent.length, 2, 'the round and the file')
      // After a kill no other child is made so soon.
      const rests = fault.startsWith('killed')
      if (rests) assert.equal(written, 'ERR_CAPTURE_BACKOFF')
      for (const cpuMs of rests ? spent.slice(0, 1) : spent) {
        assert.ok(cpuMs >= busyMs, `${cpuMs} ms of processor time`)
      }
      assert.equal(after.children, 0)
      // Node itself may have closed one in the meantime.
      assert.ok(
        after.descriptors <= before.descriptors,
        `${before.descriptors} before, ${after.descriptors} after`
      )
      for (const { v8IsKept, othersAreLent } of [before, after]) {
        assert.deepEqual({ v8IsKept, othersAreLent }, { v8IsKept: true, othersAreLent: true })
      }
    })
  }
})

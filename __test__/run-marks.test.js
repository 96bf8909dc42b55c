'use strict'

/** What `seep run --fail-on-leak` learns of processes that are over. */

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { beforeEach, afterEach, describe, it } = require('node:test')
const { leaveMarks, readMarks } = require('../lib/cli/run-marks')
const { leakReport } = require('./support/reports')

let folder
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-marks-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

/** A detector of which only the events count, in a process of its own. */
function detector() {
  const fake = Object.assign(new EventEmitter(), {
    enabled: true,
    status: () => ({ options: { minChecks: 3 } })
  })
  leaveMarks(folder, fake)
  return {
    check: (verdict, suspects = []) => fake.emit('check', { verdict, suspects })
  }
}

const suspect = (title, checks) => leakReport({ title, growth: { ...leakReport().growth, checks } })

describe('the marks of a process', () => {
  it('say that it was judged', () => {
    const { check } = detector()
    check('insufficient-data')
    assert.equal(readMarks(folder).isJudged, false)
    check('healthy')
    detector().check('insufficient-data')
    assert.deepEqual(readMarks(folder), {
      isJudged: true,
      reasons: [],
      growing: [],
      judged: 1,
      processes: 2
    })
  })

  it('name what has grown in as many checks as a leak takes, and only that', () => {
    const { check } = detector()
    check('suspected', [suspect('jobs', 3), suspect('visits', 2)])
    assert.deepEqual(readMarks(folder).growing, ['jobs'])
  })

  it('forget suspects that have stopped growing or were reported', () => {
    const { check } = detector()
    check('suspected', [suspect('jobs', 4)])
    check('healthy')
    assert.deepEqual(readMarks(folder).growing, [])
  })

  it('are summed up over processes', () => {
    for (const title of ['b', 'a', 'b']) detector().check('suspected', [suspect(title, 3)])
    assert.deepEqual(readMarks(folder).growing, ['a', 'b'])
  })

  it('do not fail with a folder that is gone', () => {
    const { check } = detector()
    fs.rmSync(folder, { recursive: true })
    check('suspected', [suspect('jobs', 3)])
  })
})

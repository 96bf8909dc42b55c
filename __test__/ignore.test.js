'use strict'

/** What `ignore` takes out of a report, and what is left of its verdict. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { Ignored, nameOfEntry } = require('../lib/ignore')
const { checkReport, leakReport, location } = require('./support/reports')

const leak = leakReport()
const ofPackage = leakReport({
  path: [
    ...leak.path,
    {
      ...leak.path[0],
      location: location('/srv/node_modules/a/node_modules/@scope/cache/index.js')
    }
  ]
})
const ignores = (entry, it = leak) => new Ignored([entry]).has(it)

describe('ignore', () => {
  it('takes a fingerprint, a class, or the name of the container, as they stand in the report', () => {
    for (const name of [leak.id, 'Session', 'Map', 'sessions']) assert.ok(ignores(name), name)
    for (const name of ['Sess', 'session', 'shop', '']) assert.ok(!ignores(name), name)
  })

  it('takes a package that the path leads through', () => {
    assert.ok(ignores('@scope/cache', ofPackage))
    assert.ok(!ignores('cache', ofPackage))
    assert.ok(!ignores('a', ofPackage), 'it is only a folder above')
    assert.ok(!ignores('@scope/cache', leak))
  })

  it('takes regular expressions, whatever was searched with them before', () => {
    const pattern = /sess/g
    assert.deepEqual([ignores(pattern), ignores(pattern), ignores(/^sess$/)], [true, true, false])
  })

  it('takes functions; one that throws ignores nothing and is warned of', (t) => {
    const warnings = []
    t.mock.method(process, 'emitWarning', (message) => warnings.push(message))
    assert.ok(ignores(({ items }) => items.count > 10_000))
    assert.ok(!ignores(() => undefined))
    const throws = () => {
      throw new Error('my mistake')
    }
    assert.equal(ignores(throws), false)
    assert.match(warnings[0], /my mistake/)
  })

  it('leaves the verdict of the rest', () => {
    const ignored = new Ignored(['sessions'])
    const other = leakReport({ id: 'b', container: { ...leak.container, name: 'jobs' } })
    const suspect = { ...other, verdict: 'suspected' }
    const verdictOf = (changes, isEnough = true) => {
      const report = { ...checkReport(), native: null, suspects: [], resolved: [], ...changes }
      return ignored.without(report, isEnough).verdict
    }
    assert.equal(verdictOf({ verdict: 'leak', leaks: [leak, other] }), 'leak')
    assert.equal(verdictOf({ verdict: 'leak', leaks: [leak], suspects: [suspect] }), 'suspected')
    const [native, waiting] = [{ isGrowth: true }, { isGrowth: false }]
    assert.equal(verdictOf({ verdict: 'leak', leaks: [leak], native }), 'native-growth')
    assert.equal(verdictOf({ verdict: 'leak', leaks: [leak], native: waiting }), 'healthy')
    const rest = { verdict: 'leak', leaks: [leak], suspects: [suspect], native }
    assert.equal(verdictOf(rest), 'suspected')
    assert.equal(verdictOf({ verdict: 'leak', leaks: [leak] }), 'healthy')
    const suspected = { verdict: 'suspected', leaks: [], suspects: [leak] }
    assert.equal(verdictOf(suspected, false), 'insufficient-data')
    assert.equal(
      verdictOf({ verdict: 'native-growth', leaks: [], suspects: [leak] }),
      'native-growth'
    )
  })

  it('leaves a report as it is where nothing of it is ignored', () => {
    const report = checkReport()
    assert.equal(new Ignored([]).without(report, true), report)
    assert.equal(new Ignored(['nothing']).without(report, true), report)
  })

  it('is shown in the status as text', () => {
    const named = function mine() {}
    assert.deepEqual(['a', /b/i, named, () => {}].map(nameOfEntry), [
      'a',
      '/b/i',
      'mine()',
      'a function'
    ])
  })
})

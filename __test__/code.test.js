'use strict'

/** What a walk reads of the code that keeps stores small, on the Node that runs this. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const binding = require('../binding')
const { LeakDetector } = require('..')
const { runtimeVersions } = require('../lib/runtime')
const { makeProbes } = require('../lib/walk-probes')
const bounded = require('./fixtures/stores/bounded')
const timed = require('./fixtures/stores/timed')
const ways = require('./fixtures/stores/ways')
const { lacking } = require('./support/lacking')

const isHere = process.platform === 'linux' && process.arch === 'x64'
const refused = isHere
  ? lacking(binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), '') ?? false)
  : 'elsewhere'

/** So many entries are added in each of eight rounds. */
const ADDED = 300
let number = 0

class Entry {
  constructor() {
    this.number = ++number
    this.at = Date.now()
    this.text = `${number} `.repeat(30)
  }
}

/** What is told of stores after eight checks, by the end of their container's name. */
async function told(stores) {
  const detector = new LeakDetector({ capture: 'walk', gate: 'always' })
  let report
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < ADDED; i++) {
      for (const store of stores) store(`key ${number}`, new Entry())
    }
    report = await detector.check()
    assert.equal(report.cost?.capture, 'walk', JSON.stringify(report.skip))
  }
  await detector.stop()
  const all = [...report.leaks, ...report.suspects]
  return (name) => all.find(({ container }) => container.name?.endsWith(name))
}

describe('a walk', { skip: refused, concurrency: 1 }, () => {
  it('reads what code does with which store', async () => {
    const put = { ...bounded.put, ...ways.put }
    const against = { ...bounded.against, ...ways.against }
    const names = Object.keys(put)
    // A report has ten leaks at most.
    for (let at = 0; at < names.length; at += 9) {
      const some = names.slice(at, at + 9)
      const of = await told(some.map((name) => put[name]))
      for (const name of some) {
        const report = of(name)
        assert.ok(report, name)
        // Texts are joined now and then, and seem to slow down.
        const ofCode = report.evidence.against.filter((text) => text.startsWith('`'))
        assert.deepEqual(ofCode, against[name], name)
        const isFilling = against[name].some((text) => /compares .* and removes/.test(text))
        assert.equal(report.verdict, isFilling ? 'suspected' : 'leak', name)
      }
    }
  })

  it('knows the timers that have not run yet, and the collections that they can reach', async () => {
    const names = Object.keys(timed.put)
    const of = await told(names.map((name) => (_key, value) => timed.put[name](value)))
    for (const name of names) {
      const report = of(name)
      assert.ok(report, name)
      assert.deepEqual(report.evidence.against, timed.against[name], name)
      assert.equal(report.verdict, 'leak', `${name}: somebody asked`)
    }
  })

  it('reads it of what an ES module exports', async () => {
    const exported = await import('./fixtures/stores/exported.mjs')
    const { default: unnamed, putList, putMap } = exported
    const add = (_key, value) => unnamed.add(value)
    const of = await told([putMap, (_key, value) => putList(value), add])
    assert.equal(
      of('default')?.title.match(/^Entry accumulates in Set `default` .*exported.mjs\)/)?.length,
      1
    )
    for (const [name, who] of [
      ['exportedMap', 'putMap'],
      ['exportedList', 'putList']
    ]) {
      assert.deepEqual(of(name)?.evidence.against, [
        `\`${who}\` compares its size with 60,000 (4 % full) and removes entries: it may only be filling up.`
      ])
    }
  })
})

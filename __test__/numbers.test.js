'use strict'

/** The numbers that a walk reads, and what it sees of removed entries, on the Node that runs this. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const binding = require('../binding')
const { LeakDetector } = require('..')
const { runtimeVersions } = require('../lib/runtime')
const { makeProbes } = require('../lib/walk-probes')
const { lacking } = require('./support/lacking')

const isHere = process.platform === 'linux' && process.arch === 'x64'
const refused = isHere
  ? lacking(binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), '') ?? false)
  : 'elsewhere'

let MAX_TICKETS = 1
const setMost = (most) => {
  MAX_TICKETS = most
}
setMost(4000)
const tickets = new Map()
/** Uses the number, so that it lives in the scope; on V8 14 it is in a cell, as it is assigned to. */
const isFull = () => tickets.size >= MAX_TICKETS

class Field {
  max = 4000
  byField = new Map()
}
class Private {
  #maxItems = 4000.5
  #byPrivate = new Map()
  set(key, value) {
    if (this.#byPrivate.size < this.#maxItems) this.#byPrivate.set(key, value)
  }
}
class Static {
  static MAX_ENTRIES = 4000
  byStatic = new Map()
}
class Dictionary {
  constructor() {
    this.byDictionary = new Map()
    this.gone = 1
    this.capacity = 4000
    delete this.gone
  }
}
class Removing {
  anywhere = new Map()
  oldest = new Set()
  never = new Map()
}

const [field, own, fixed, dictionary] = [new Field(), new Private(), new Static(), new Dictionary()]
const removing = new Removing()

/** So many objects are added in each round. */
const ADDED = 300
const entry = (key) => ({ key, text: `${key} `.repeat(60) })

function fill(round) {
  for (let i = 0; i < ADDED && !isFull(); i++) {
    const key = `${round}/${i}`
    tickets.set(key, entry(key))
    field.byField.set(key, entry(key))
    own.set(key, entry(key))
    fixed.byStatic.set(key, entry(key))
    dictionary.byDictionary.set(key, entry(key))
  }
}

/** Three in ten of a Map go, whichever; of a Set, the oldest; of the third, none. */
function fillAndRemove(round) {
  for (let i = 0; i < ADDED; i++) {
    const key = `${round}/${i}`
    removing.anywhere.set(key, entry(key))
    removing.oldest.add(entry(key))
    removing.never.set(key, entry(key))
    if (i % 10 < 3) {
      removing.anywhere.delete(`${round}/${i - (i % 3)}`)
      const [oldest] = removing.oldest
      removing.oldest.delete(oldest)
    }
  }
}

/** A check by a walk. */
async function walked(detector) {
  const report = await detector.check()
  assert.equal(report.cost?.capture, 'walk', JSON.stringify(report.skip))
  return report
}

/** All reports of the last of so many checks, by the end of their container's name. */
async function reports(rounds, work, options = {}) {
  const detector = new LeakDetector({ capture: 'walk', gate: 'always', ...options })
  let report
  for (let round = 0; round < rounds; round++) {
    work(round)
    report = await walked(detector)
  }
  await detector.stop()
  const all = [...report.leaks, ...report.suspects]
  const of = (name) => all.find(({ container }) => container.name?.endsWith(name))
  return { of, all }
}

describe('a walk', { skip: refused, concurrency: 1 }, () => {
  it('reads the numbers that bound a store, wherever they are', async () => {
    // With seven checks a leak would be told.
    const { of } = await reports(8, fill)
    const told = {
      tickets: 'The surrounding code has `MAX_TICKETS` 4,000 (60 % full)',
      byField: 'Field has `max` 4,000 (60 % full)',
      '#byPrivate': 'Private has `#maxItems` 4,000 (60 % full)',
      byStatic: 'Static has `MAX_ENTRIES` 4,000 (60 % full)',
      byDictionary: 'Dictionary has `capacity` 4,000 (60 % full)'
    }
    for (const [name, text] of Object.entries(told)) {
      const report = of(name)
      assert.equal(report?.verdict, 'suspected', name)
      assert.deepEqual(report.evidence.against, [`${text}: it may only be filling up.`])
    }
  })

  it('sees that entries are removed, and of which age', async () => {
    const { of, all } = await reports(6, fillAndRemove)
    const against = (name) =>
      (of(name)?.evidence.against ?? []).filter((text) => text.startsWith('Entries'))
    const names = JSON.stringify(all.map(({ container, advice }) => [container.name, advice]))
    assert.deepEqual(
      against('anywhere'),
      ['Entries are removed from it: those that stay may just live longer.'],
      names
    )
    assert.deepEqual(
      against('oldest'),
      ['Entries are removed from it, the oldest first: they may only live for a limited time.'],
      names
    )
    assert.deepEqual(against('never'), [], names)
  })

  it('tells no name where names are hidden', async () => {
    const { all } = await reports(4, (round) => fill(8 + round), { redactNames: true })
    const text = JSON.stringify(all)
    assert.match(text, /Its owner declares a limit of 4,000/)
    assert.doesNotMatch(text, /MAX_TICKETS|maxItems|capacity|tickets|byField/)
  })
})

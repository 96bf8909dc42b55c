'use strict'

const assert = require('node:assert/strict')
const { afterEach, beforeEach, describe, it, mock } = require('node:test')
const { showProgress } = require('../lib/cli/progress')
const { table } = require('../lib/cli/table')
const { describeAnalysis } = require('../lib/cli/tables')

describe('table', () => {
  const head = ['class', 'count', 'own']
  const rows = [
    ['a'.repeat(50), 17, '1.5 MiB'],
    ['Map', 123456, '2 B']
  ]

  it('fits the terminal by cutting names, not figures', () => {
    for (const columns of [40, 55, 80]) {
      const lines = table(head, rows, columns).split('\n')
      assert.ok(lines.every((line) => line.length <= columns))
      assert.match(lines[1], / 17 {2}1\.5 MiB$/)
      assert.match(lines[2], /^Map +123,456 +2 B$/)
      assert.equal(lines[1].includes('…'), columns < 67)
    }
  })

  it('keeps names to sixty characters where there is no terminal, and to eight in a tiny one', () => {
    const name = (columns) => table(['n'], [['b'.repeat(99)]], columns).split('\n')[1]
    assert.equal(name(undefined).length, 59)
    assert.equal(name(1).length, 7)
  })

  it('cuts no character in two', () => {
    for (const name of ['😀'.repeat(50), `a${'😀'.repeat(50)}`]) {
      assert.doesNotMatch(table(['n'], [[name]], 40), /\p{Cs}/u)
    }
  })
})

describe('describeAnalysis', () => {
  const figures = { selfBytes: 123_456_789, retainedBytes: 987_654_321 }
  const long = 'system / NativeContext / '.repeat(8)
  const object = { className: long, name: 'name', id: 12_345_677, ...figures }
  const step = { ...object, edge: { kind: 'internal', name: long }, distance: 100_000_012 }
  const analysis = {
    nodeCount: 11_187_961,
    edgeCount: 41_912_345,
    totalBytes: 1e9,
    classes: [{ name: long, count: 11_187_961, ...figures }],
    dominators: [object],
    objects: [object],
    instances: { className: long, count: 1, objects: [object] },
    duplicates: {
      extraCopies: 9,
      wastedBytes: 9,
      strings: [{ count: 1_234_567, length: 1024, text: long, selfBytes: 1e9, wastedBytes: 1e9 }]
    },
    paths: [
      { id: 12_345_677, steps: [step, step], omittedSteps: 0, retainers: [step], retainerCount: 1 }
    ]
  }

  it('fits terminals of all widths, and is readable where there is none', () => {
    for (const columns of [40, 80, 200]) {
      const [, ...lines] = describeAnalysis(analysis, columns).split('\n')
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        []
      )
    }
    const lines = describeAnalysis(analysis).split('\n')
    assert.ok(lines.every((line) => line.length <= 120))
    assert.ok(lines.some((line) => line.length > 100))
  })

  it("leaves V8's roots out of the biggest objects, and calls them by name on a path", () => {
    const names = { className: '(synthetic)', name: '(GC roots)' }
    const edge = { kind: 'element', name: '1' }
    const root = { ...step, ...names, edge, kind: 'synthetic', id: 3 }
    const text = describeAnalysis({
      ...analysis,
      dominators: [root, { ...object, className: 'Cache', name: '' }],
      paths: [{ ...analysis.paths[0], steps: [root] }]
    })
    assert.match(text, /^Cache @12345677 /m)
    assert.deepEqual(text.match(/^.*@3\b.*$/gm), [
      'Path to (GC roots) @3',
      '  [1] → (GC roots) @3  988 MB'
    ])
  })
})

describe('showProgress', () => {
  let written
  const describe = () => '7 MB read'
  const stream = (isTTY) => ({ isTTY, write: (text) => written.push(text) })

  beforeEach(() => {
    written = []
    mock.timers.enable({ apis: ['setInterval'] })
  })
  afterEach(() => mock.timers.reset())

  it('shows nothing for the first second, then how far it is, and cleans up', () => {
    let share = 0.25
    const end = showProgress(() => share, describe, stream(true))
    mock.timers.tick(1000)
    assert.deepEqual(written, [])
    mock.timers.tick(100)
    assert.match(written.at(-1), /\[#{8}\.{22}\] 25 % read$/)
    share = 1
    mock.timers.tick(100)
    assert.match(written.at(-1), /\[#{30}\] analyzing$/)
    end()
    assert.equal(written.at(-1), '\r\u001b[K')
    const { length } = written
    mock.timers.tick(5000)
    assert.equal(written.length, length)
  })

  it('fits a narrow terminal, where a line that wraps could not be taken back', () => {
    for (const columns of [10, 40]) {
      const end = showProgress(() => 0.99, describe, { ...stream(true), columns })
      mock.timers.tick(1100)
      assert.ok(written.at(-1).length - '\r\u001b[K'.length < Math.max(columns, 14))
      end()
    }
  })

  it('says how much it has read where nobody knows how much there is', () => {
    const end = showProgress(() => -1, describe, stream(true))
    mock.timers.tick(1100)
    assert.equal(written.at(-1), '\r\u001b[K7 MB read')
    end()
  })

  it('writes nothing for short work, nor where there is no terminal', () => {
    const endShort = showProgress(() => 0, describe, stream(true))
    mock.timers.tick(500)
    endShort()
    const endElsewhere = showProgress(() => 0, describe, stream(false))
    mock.timers.tick(5000)
    endElsewhere()
    assert.deepEqual(written, [])
  })
})

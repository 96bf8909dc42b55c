'use strict'

const assert = require('node:assert/strict')
const { afterEach, beforeEach, describe, it, mock } = require('node:test')
const { showProgress } = require('../lib/cli/progress')
const { table } = require('../lib/cli/table')
const { describeAnalysis, markdownAnalysis } = require('../lib/cli/tables')

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
  const named = { edge: { label: long }, label: long, location: null, ...figures }
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
      {
        id: 12_345_677,
        steps: [step, step],
        omittedSteps: 0,
        retainers: [step],
        retainerCount: 1,
        path: [1, 2, 3].map(() => ({ ...named, location: { label: long } }))
      }
    ],
    holders: {
      suspects: [{ path: [named], count: 9, bytes: 1e9, holder: named, object: null }],
      biggest: [{ path: ['module a.js', long], count: 1_234_567, ...named }],
      strings: {
        total: 1_234_567,
        rows: [
          { path: ['module a.js', long], copies: 9, distinct: 9, selfBytes: 9, wastedBytes: 9 }
        ]
      }
    }
  }
  const shown = { limit: 20, sort: 'retained' }

  it('fits terminals of all widths, and is readable where there is none', () => {
    for (const columns of [40, 80, 200]) {
      const [, ...lines] = describeAnalysis(analysis, shown, columns).split('\n')
      assert.deepEqual(
        lines.filter((line) => line.length > columns),
        []
      )
    }
    const lines = describeAnalysis(analysis, shown).split('\n')
    assert.ok(lines.every((line) => line.length <= 120))
    assert.ok(lines.some((line) => line.length > 100))
  })

  it("calls V8's roots by name on a path", () => {
    const names = { className: '(synthetic)', name: '(GC roots)' }
    const edge = { kind: 'element', name: '1' }
    const root = { ...step, ...names, edge, kind: 'synthetic', id: 3 }
    const paths = [{ ...analysis.paths[0], steps: [root] }]
    const text = describeAnalysis({ ...analysis, paths }, shown)
    assert.deepEqual(text.match(/^.*@3\b.*$/gm), [
      'Path to (GC roots) @3',
      'Shortest path to (GC roots) @3',
      '  [1] → (GC roots) @3  988 MB'
    ])
  })

  it('says how many rows are left out', () => {
    const text = describeAnalysis(analysis, { ...shown, limit: 1 })
    assert.match(text, /^copies of strings in .*\n.*\n… 1,234,566 more$/m)
  })
})

describe('markdownAnalysis', () => {
  it('lets no name of the program become markup', () => {
    const name = '<img src=x>|`*_[a](b)~\u001b[31m\n# x'
    const analysis = {
      nodeCount: 1,
      edgeCount: 1,
      totalBytes: 1,
      classes: [{ name, count: 1, selfBytes: 1, retainedBytes: 1 }],
      objects: [],
      instances: null,
      duplicates: { extraCopies: 0 },
      paths: [],
      holders: { suspects: [], biggest: [], strings: { total: 0, rows: [] } }
    }
    const text = markdownAnalysis(analysis, { limit: 1, sort: 'own' })
    const row = text.split('\n').at(-1)
    assert.match(row, /^\| \\<img src=x\\>\\\|\\`\\\*\\_\\\[a\\\]\(b\)\\~/)
    assert.ok(!row.includes('\u001b') && row.includes('\\\\u001b'))
    assert.ok(row.endsWith('\\n# x | 1 | 1 B | 100 % | 1 B | 100 % |'))
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

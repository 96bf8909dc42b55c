'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { declaredLine } = require('../lib/mcp/declared')
const { cut, name, sentencesOf } = require('../lib/mcp/names')
const { Places } = require('../lib/mcp/places')
const { firstThatFits, reply, withRows } = require('../lib/mcp/reply')
const { Roots } = require('../lib/mcp/roots')
const { sizeOf } = require('./support/mcp')

describe('names from a heap', () => {
  it('lose what hides, commands or ends the data', () => {
    const names = {
      'a\nb\r\tc': 'a\\nb\\u{d}\\u{9}c',
      '\u001b[31m': '\\u{1b}[31m',
      '\u202eabc\u2066': '\\u{202e}abc\\u{2066}',
      'zero\u200bwidth\ufeff': 'zero\\u{200b}width\\u{feff}',
      '\u{e0049}\u{e0067}': '\\u{e0049}\\u{e0067}',
      'a\ufe0f\u{e0100}': 'a\\u{fe0f}\\u{e0100}',
      'lone\ud800': 'lone\\u{d800}',
      '</heap-data>': '\\u{3c}/heap-data>',
      '< / Heap-Data': '\\u{3c} / Heap-Data',
      'Map<string, 日本語>': 'Map<string, 日本語>'
    }
    for (const [given, shown] of Object.entries(names)) assert.equal(name(given), shown)
  })

  it('are cut at 80 characters, and not within one', () => {
    assert.equal(name('x'.repeat(80)), 'x'.repeat(80))
    assert.equal(name('x'.repeat(81)), `${'x'.repeat(79)}…`)
    assert.equal(name('😀'.repeat(80)), '😀'.repeat(80))
    assert.equal(name('😀'.repeat(81)), `${'😀'.repeat(79)}…`)
    assert.equal([...name('\u202e'.repeat(80))].length, 80)
    assert.equal(cut('abc', 2), 'a…')
  })

  it('are cut in the sentences of a report, too', () => {
    const long = 'Evil '.repeat(40).trim()
    const report = { title: `${long} accumulates in Map \`m\``, container: { className: long } }
    const title = sentencesOf(report)(report.title)
    assert.equal(title, `${cut(long, 80)} accumulates in Map \`m\``)
  })
})

describe('a place in the source', () => {
  const source = [
    ...["'use strict'", '// const kept = 0', '/* let kept */', 'kept.clear()', 'notkept = 1'],
    ...['const keptToo = 1', 'f(kept)', 'const x = kept', 'const { a, kept } = require("x")']
  ]

  it('is the line that declares a variable', async () => {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'seep-declared-')))
    try {
      const file = path.join(folder, 'app.js')
      const roots = await Roots.of([folder])
      const lineOf = async (text, variable = 'kept') => {
        fs.writeFileSync(file, text)
        return declaredLine(roots, file, variable)
      }
      assert.equal(await lineOf(source.join('\n')), 9)
      const declarations = [
        ...['const kept = 1', 'let kept', 'var a, kept', 'import kept from "x"', 'class kept {}'],
        ...['import { kept } from "x"', 'import * as kept from "x"', 'function kept() {}'],
        ...[
          'export const kept = 1',
          'const a = 1, kept = 2',
          'const [kept] = x',
          'for (let kept of x)'
        ]
      ]
      for (const line of declarations) assert.equal(await lineOf(`\n${line}\n`), 2, line)
      const others = [
        'const a = (b, kept == 1)',
        'let keptB',
        'x.let kept',
        'const a = kept',
        'b = kept'
      ]
      for (const line of others) assert.equal(await lineOf(line), null, line)
      assert.equal(await lineOf('let $kept = 1', '$kept'), 1)
      assert.equal(await lineOf('let x = 1', 'x|y'), null)
      assert.equal(await lineOf(`${' '.repeat(600)}let kept`), null)
      assert.equal(await declaredLine(roots, '/etc/passwd', 'root'), null)
      assert.equal(await declaredLine(roots, path.join(folder, 'missing.js'), 'kept'), null)
      assert.equal(await declaredLine(roots, `file://${file}`, 'kept'), null)
      const places = new Places(roots)
      assert.equal(places.of({ file, line: 3 }), 'app.js:3')
      assert.equal(places.of({ file: `file://${file}`, line: null }), 'app.js')
      assert.equal(places.of({ file: null, line: null }), undefined)
      const far = places.of({ file: `/srv/${'x'.repeat(200)}/app.js`, line: 3 })
      assert.match(far, /^…x{72}\/app\.js:3$/)
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})

describe('a reply', () => {
  it('has as many rows as fit, from the longest list first', () => {
    const row = { name: 'x'.repeat(20) }
    const lists = { a: Array(20).fill(row), b: Array(3).fill(row) }
    const build = (shown) => ({ text: 'text', structured: shown })
    const whole = reply('text', lists)
    assert.deepEqual(withRows(lists, build, sizeOf(whole)), whole)
    const short = withRows(lists, build, 500)
    assert.ok(sizeOf(short) <= 500)
    assert.equal(short.structuredContent.b.length, 3)
    assert.ok(short.structuredContent.a.length >= 3)
    const none = reply('text', { a: [], b: [] })
    assert.deepEqual(withRows(lists, build, sizeOf(none)), none)
  })

  it('is cut if nothing else helps', () => {
    const structured = { big: 'x'.repeat(5000), next: '7', hint: 'go on' }
    const long = { text: 'é'.repeat(5000), structured }
    const short = firstThatFits([long], 600)
    assert.ok(sizeOf(short) <= 600)
    assert.equal(short.structuredContent.next, '7')
    assert.match(short.content[0].text, /^<heap-data>\né+…\n<\/heap-data>\n/)
  })
})

'use strict'

/** docs/operating.md has every code that a round can end with, and no other. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const { ROOT } = require('./support/program')

/** Codes that are thrown for what a caller did wrong; no round ends with them. */
const THROWN =
  /^ERR_(FILE_OUTSIDE|HEAP_CLOSED|INVALID_ARG|MISSING_PEER|NO_ALLOCATIONS|PROCESS|USAGE)/

/** Other people's code, which has its own. */
const BUNDLE = /(?:^|[\\/])bundle[\\/]/

/** All codes in the sources under a folder, which stand in quotes. */
function codesIn(folder, extension) {
  const at = path.join(ROOT, folder)
  const names = fs.readdirSync(at, { recursive: true })
  const texts = names
    .filter((name) => name.endsWith(extension) && !BUNDLE.test(name))
    .map((name) => fs.readFileSync(path.join(at, name), 'utf8'))
  const quoted = /(["'])(ERR_[A-Z_]*[A-Z]|[A-Z]+_CLOSED|[A-Z_]+_SPENT)\1/g
  return texts.flatMap((text) => [...text.matchAll(quoted)].map(([, , code]) => code))
}

const inSources = new Set(
  [...codesIn('src', '.rs'), ...codesIn('lib', '.js')].filter((code) => !THROWN.test(code))
)
const docs = fs.readFileSync(path.join(ROOT, 'docs', 'operating.md'), 'utf8')

describe('docs/operating.md', () => {
  it('has every code of a skip', () => {
    assert.ok(inSources.size > 20)
    for (const code of inSources) assert.ok(docs.includes(`\`${code}\``), code)
  })

  it('has no code that nothing ends with', () => {
    const rows = [...docs.matchAll(/^\| `([A-Z]+_[A-Z_]+)` +\|/gm)].map(([, code]) => code)
    assert.ok(rows.length > 20)
    for (const code of rows) assert.ok(inSources.has(code), code)
  })
})

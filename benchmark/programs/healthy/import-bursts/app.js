'use strict'
/** Now and then an import holds 15 MB for three steps; in between there is small work. */

class ImportRow {
  constructor(i) {
    this.id = i
    this.columns = [`a${i}`, `b${i}`, `c${i % 10}`]
    this.valid = i % 97 !== 0
  }
}

class Importer {
  constructor() {
    this.current = null
    this.summaries = new Map()
  }

  begin(file, rows) {
    this.current = {
      file,
      rows: Array.from({ length: rows }, (_, i) => new ImportRow(i)),
      errors: []
    }
  }

  validate() {
    for (const row of this.current.rows) if (!row.valid) this.current.errors.push({ row: row.id })
  }

  finish() {
    const { file, rows, errors } = this.current
    this.summaries.set(file, { rows: rows.length, errors: errors.length })
    this.current = null
  }
}

const importer = new Importer()

module.exports = {
  name: 'import-bursts',
  kind: 'bursts',
  source: 'pattern: a big import now and then',
  verify: { n: 200, warmup: 9 },
  async setup() {
    return { step: 0, chars: 0 }
  },
  async step(ctx, n) {
    const phase = ctx.step++ % 9
    if (phase === 4) importer.begin(`file-${ctx.step % 12}`, 60_000)
    if (phase === 5) importer.validate()
    if (phase === 6) importer.finish()
    for (let k = 0; k < n; k++) ctx.chars += JSON.stringify({ k, text: 'x'.repeat(200) }).length
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'importer.current: for two steps of nine',
    pathIncludes: [],
    leakedType: null
  }
}

'use strict'

/** The suspects of one snapshot of each leaking program, and of its healthy twin. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { openHeap } = require('seep')
const { runNode } = require('./support/program')

/** A name on the path to what leaks. */
const HOLDERS = {
  map: 'sessions',
  set: 'connections',
  array: 'auditLog',
  dictionary: 'resultsByQuery',
  closures: 'cleanups',
  listeners: 'bus',
  timers: 'timerListMap',
  promises: 'connected'
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-suspects-'))
after(() => fs.rmSync(folder, { recursive: true }))

async function suspects(scenario, twin) {
  const program = path.join(__dirname, 'fixtures', 'scenarios', `${scenario}.${twin}.js`)
  const file = path.join(folder, `${scenario}.${twin}.heapsnapshot`)
  const { code, stderr } = await runNode([program], { env: { ROUNDS_SNAPSHOT: file } })
  assert.equal(code, 0, stderr)
  const heap = await openHeap(file)
  const { rows } = await heap.suspects()
  await heap.close()
  return rows.map((row) => ({ ...row, labels: row.path.map(({ edge }) => edge.label) }))
}

for (const [scenario, name] of Object.entries(HOLDERS)) {
  describe(`one snapshot of a program with growing ${scenario}`, () => {
    it('has the leaking holder as its first suspect', async () => {
      const [first] = await suspects(scenario, 'leaky')
      assert.equal(first.kind, 'manyItems')
      assert.ok(first.labels.includes(name), first.labels.join(' → '))
      assert.ok(first.count >= 2000, `${first.count}`)
    })

    it('does not have it once fixed', async () => {
      const rows = await suspects(scenario, 'healthy')
      const found = rows.find(({ labels, count }) => labels.includes(name) && count >= 2000)
      assert.equal(found, undefined)
    })
  })
}

'use strict'

/** Each leak a program may have, and its healthy twin which must not be reported. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const { runNode } = require('./support/program')

/** The expected kind, and a name that shows the place. */
const EXPECTED = {
  map: { kind: 'collection', name: 'sessions' },
  set: { kind: 'collection', name: 'connections' },
  array: { kind: 'collection', name: 'auditLog' },
  dictionary: { kind: 'collection', name: 'resultsByQuery' },
  closures: { kind: 'closures', name: 'cleanups' },
  listeners: { kind: 'listeners', name: 'bus' },
  timers: { kind: 'timers', name: 'Timeout' },
  promises: { kind: 'promises', name: 'connected' }
}

async function run(scenario, twin) {
  const file = path.join(__dirname, 'fixtures', 'scenarios', `${scenario}.${twin}.js`)
  const { code, stdout, stderr } = await runNode([file])
  assert.equal(code, 0, stderr)
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const checks = entries.flatMap(({ check }) => check ?? [])
  assert.equal(checks.length, 7)
  for (const { skip } of checks) assert.equal(skip, null)
  return { checks, last: checks.at(-1), leaks: entries.flatMap(({ leak }) => leak ?? []) }
}

for (const [scenario, { kind, name }] of Object.entries(EXPECTED)) {
  describe(`a program with growing ${scenario}`, () => {
    it('is reported, with the place', async () => {
      const { last, leaks } = await run(scenario, 'leaky')
      assert.equal(last.verdict, 'leak')
      const [worst] = last.leaks
      assert.equal(worst.kind, kind, worst.title)
      assert.ok(worst.pathText.includes(name), worst.pathText)
      assert.ok(worst.items.count >= 1800, worst.title)
      assert.ok(leaks.length > 0, 'there is an event')
      for (const { id } of leaks) assert.equal(id, worst.id, 'one leak keeps one fingerprint')
    })

    it('is not reported once fixed', async () => {
      const { last, checks, leaks } = await run(scenario, 'healthy')
      assert.deepEqual(leaks, [])
      for (const check of checks) assert.deepEqual(check.leaks, [])
      assert.equal(last.verdict, 'healthy')
    })
  })
}

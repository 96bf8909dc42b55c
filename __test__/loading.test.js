'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { evaluate, runNode } = require('./support/program')

describe('seep loads', () => {
  it('from CommonJS', async () => {
    const { value } = await evaluate(
      `const seep = require('seep')
       console.log(JSON.stringify({ names: Object.keys(seep), enabled: new seep.LeakDetector().enabled }))`
    )
    for (const name of ['LeakDetector', 'start']) assert.ok(value.names.includes(name), name)
    assert.equal(value.enabled, true)
  })

  it('from an ES module, by name, as the same class', async () => {
    const { code, stdout, stderr } = await runNode([
      '--input-type=module',
      '-e',
      `import { LeakDetector, start } from 'seep'
       import { createRequire } from 'node:module'
       const same = createRequire(import.meta.url)('seep').LeakDetector === LeakDetector
       console.log(same, typeof start, new LeakDetector().enabled)`
    ])
    assert.equal(stdout, 'true function true\n', stderr)
    assert.equal(code, 0)
  })

  it('from its package.json, for tools that ask for the version', async () => {
    const { value } = await evaluate(
      `console.log(JSON.stringify(require('seep/package.json').version))`
    )
    assert.match(value, /^\d+\.\d+\.\d+/)
  })

  it('and lets the process end by itself, started or not', async () => {
    const { code, signal } = await runNode(['-e', `require('seep').start({ intervalMs: 100 })`])
    assert.deepEqual({ code, signal }, { code: 0, signal: null })
  })

  it('and nothing but a class is made by loading it', async () => {
    const { value } = await evaluate(
      `require('seep')
       const native = Object.keys(require.cache).filter((name) => name.endsWith('.node'))
       console.log(JSON.stringify({ native, resources: process.getActiveResourcesInfo() }))`
    )
    assert.deepEqual(value, { native: [], resources: [] })
  })
})

describe('seep/register', () => {
  const program = 'setInterval(() => {}, 1000)'
  const env = {
    SEEP_INTERVAL_MS: '100',
    SEEP_GATE: 'always',
    SEEP_LOG: 'json',
    SEEP_MAX_PAUSE_MS: '60000'
  }

  for (const flag of ['--require', '--import']) {
    it(`starts a detector by ${flag}`, async () => {
      const { signal, stdout, stderr } = await runNode([flag, 'seep/register', '-e', program], {
        env,
        until: (text) => /"event":"check".*\n/.test(text)
      })
      assert.equal(signal, 'SIGTERM', stderr)
      assert.equal(stdout, '')
      for (const line of stderr.trim().split('\n')) assert.equal(JSON.parse(line).name, 'seep')
    })
  }

  it('logs text if SEEP_LOG is invalid, and warns about misspelt names', async () => {
    const { stderr } = await runNode(['--require', 'seep/register', '-e', program], {
      env: { ...env, SEEP_LOG: 'xml', SEEP_MINCHECKS: '4' },
      until: (text) => /^seep: check .*\n/m.test(text)
    })
    assert.match(stderr, /SEEP_LOG must be 'json', 'pretty' or 'off', not "xml"; using pretty/)
    assert.match(stderr, /did you mean SEEP_MIN_CHECKS/)
    assert.match(stderr, /^seep: check /m)
  })

  it('starts one only, though loaded twice', async () => {
    const { value } = await evaluate(
      `require('seep/register')
       const first = process.getActiveResourcesInfo().length
       delete require.cache[require.resolve('seep/register')]
       require('seep/register')
       console.log(JSON.stringify(process.getActiveResourcesInfo().length - first))`
    )
    assert.equal(value, 0)
  })
})

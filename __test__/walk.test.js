'use strict'

/**
 * The walk of the heap against what V8 says of it. SEEP_WALKS says how many walks
 * the stress makes; CI is content with few.
 */

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { describe, it } = require('node:test')
const { promisify } = require('node:util')
const binding = require('../binding')
const { LeakDetector } = require('..')
const { runtimeVersions } = require('../lib/runtime')
const { makeProbes } = require('../lib/walk-probes')
const { lacking } = require('./support/lacking')

const run = promisify(execFile)
const fixture = (name) => path.join(__dirname, 'fixtures', 'walk', name)

/** What the walk must have of what V8 shows; of places all, but for those of WebAssembly below. */
const SHARES = { nodes: 0.999, edges: 0.9995, places: 0.99 }

/**
 * Where a walk and V8 may differ: which classes or places, by how many, and why. What differs
 * besides is an error.
 */
const REASONS = [
  {
    of: /^string\|$/,
    most: 25,
    why: 'names in metadata that nothing keeps but code, which a walk does not follow'
  },
  { of: /^(concatenated|sliced) string\|$/, most: 3, why: 'the same' },
  {
    of: /^object\|Object$/,
    most: 45,
    why: "V8 shows the objects around Node's own as nodes of the native side"
  },
  {
    of: /^object\|(Uint8Array|ArrayBuffer)$/,
    most: 1,
    why: 'the name of the file that V8 writes to, which is on the stack'
  },
  { of: /^object\|Generator$/, most: 4, why: 'functions that are running, which are on the stack' },
  {
    of: /^object\|Array$/,
    most: 6,
    why: 'the parts of template literals, which V8 keeps in a table of weak references'
  },
  {
    of: /^closure\|$/,
    most: 12,
    why: "what WebAssembly imports: an instance's own data are not followed"
  },
  {
    of: /^\d*\t\d+\t\d+$/,
    most: 1,
    why: 'functions of WebAssembly, called by a number: they have no source'
  }
]

/** Classes of which every object is counted. */
const EXACT = ['Entry', 'Derived', 'In', 'WeakRef', 'Remembered', 'Orders', 'Shop']

/** Heaps of `fixtures/walk/heaps.js`, and where each is made. */
const HEAPS = [
  ['empty'],
  ['synthetic'],
  ['odd'],
  ['express'],
  ['esm'],
  ['nest'],
  ['contexts'],
  ['synthetic', 'worker']
]

const isHere = process.platform === 'linux' && process.arch === 'x64'
const refused = isHere
  ? lacking(binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), '') ?? false)
  : 'elsewhere'

async function compared(heap) {
  const { stdout } = await run(process.execPath, [fixture('compare.js'), ...heap], {
    maxBuffer: 1e8
  })
  return JSON.parse(stdout)
}

const isExplained = ([key, wanted, found]) =>
  REASONS.some(({ of, most }) => of.test(key) && Math.abs(wanted - found) <= most)

describe('a walk', { skip: refused, concurrency: 1 }, () => {
  for (const heap of HEAPS) {
    it(`finds what V8 finds in a heap: ${heap.join(' in a ')}`, async () => {
      const figures = await compared(heap)
      for (const [what, least] of Object.entries(SHARES)) {
        const { share, total, differences } = figures[what]
        const lines = differences.map((difference) => difference.join(' '))
        assert.ok(share >= least, `${what}: ${share} of ${total}\n${lines.join('\n')}`)
      }
      const { nodes, places } = figures
      const unexplained = [...nodes.differences, ...places.differences].filter(
        (difference) => !isExplained(difference)
      )
      assert.deepEqual(unexplained, [])
      const differing = nodes.differences.map(([key]) => key)
      assert.deepEqual(
        EXACT.filter((name) => differing.includes(`object|${name}`)),
        []
      )
      // One object of a type that is not known, of Node 22's own.
      assert.ok(figures.doubtful <= 1, `${figures.doubtful} doubtful words`)
    })
  }

  it('counts exactly while the program works', async () => {
    const walks = process.env.SEEP_WALKS ?? '12'
    const { stdout } = await run(process.execPath, [fixture('stress.js'), walks, '1'])
    assert.deepEqual(JSON.parse(stdout).wrong, [])
  })

  it('is what a round takes, and says so', async () => {
    const detector = new LeakDetector({ capture: 'walk' })
    const { cost, skip, snapshot } = await detector.check()
    await detector.stop()
    assert.equal(skip, null)
    assert.deepEqual([cost.capture, cost.notWalked, cost.attempts], ['walk', null, 1])
    assert.ok(snapshot.nodes > 10_000 && snapshot.edges > snapshot.nodes)
  })
})

describe('a leak', { skip: refused }, () => {
  it('in a FinalizationRegistry whose target lives on is reported', async () => {
    class Lease {
      blocks = Array.from({ length: 10 }, (_, id) => ({ id }))
    }
    globalThis.leases = new FinalizationRegistry(() => {})
    const tenant = { name: 'acme' }
    const detector = new LeakDetector({ capture: 'walk', gate: 'always', intervalMs: 3_600_000 })
    detector.start()
    const growing = []
    for (let round = 0; round < 4; round++) {
      for (let count = 0; count < 300; count++) globalThis.leases.register(tenant, new Lease())
      const check = await detector.check()
      assert.equal(check.cost.capture, 'walk', check.cost.notWalked)
      growing.push([...check.leaks, ...check.suspects].map(({ items }) => items.className))
    }
    await detector.stop()
    delete globalThis.leases
    assert.ok(growing.at(-1).includes('Lease'), JSON.stringify(growing))
    assert.equal(tenant.name, 'acme')
  })
})

describe('the self-check', { skip: refused }, () => {
  const FIELDS = ['function_shared', 'function_context', 'function_feedback', 'function_prototype']
    .concat('shared_name', 'shared_script', 'descriptors_start', 'scope_names', 'scope_tail')
    .concat('buffer_length', 'buffer_store', 'view_buffer', 'undefined_root')
    .concat('has_raw_scope_flags', 'position', 'private_symbols')

  for (const field of FIELDS) {
    it(`notices a wrong ${field}`, () => {
      const reason = binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), field)
      assert.match(reason ?? 'nothing', /the self-check ".+" failed/)
    })
  }
})

describe('the gate', { skip: !isHere }, () => {
  const refusal = (versions) => binding.walkRefusal(JSON.stringify(versions), makeProbes(), '')

  it('lets no other V8 through, and no other runtime', () => {
    assert.equal(refusal({ v8: '10.2.154.26' }), 'V8 10.2.154.26 is not known')
    assert.equal(refusal({ ...runtimeVersions(), electron: '40.0.0' }), 'the runtime is Electron')
    assert.equal(refusal({ ...runtimeVersions(), bun: '2.0.0' }), 'the runtime is Bun')
  })
})

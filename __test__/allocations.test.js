'use strict'

/** Where leaked objects were made: V8's sampler on and off, and its samples linked to what leaks. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { mkdtempSync, readdirSync, rmSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const v8 = require('node:v8')
const { describeLeak } = require('../lib/describe')
const { lacking } = require('./support/lacking')
const { runNode } = require('./support/program')

const fixture = (name) => path.join(__dirname, 'fixtures', 'allocations', name)
const where = {
  skip: process.platform !== 'linux' || process.arch !== 'x64' ? 'walks are for Linux x64' : false
}

/** Why Datadog's profiler cannot be loaded, or false: it has an add-on for some versions of Node. */
function pprofIsMissing() {
  try {
    require('@datadog/pprof')
    return false
  } catch (error) {
    return `@datadog/pprof: ${error.message.split('\n', 1)[0]}`
  }
}

async function run(...args) {
  const { code, signal, stdout, stderr } = await runNode(args)
  assert.equal(code, 0, `ended with ${signal ?? code}\n${stdout}\n${stderr}`)
  assert.equal(stderr, '')
  return stdout.trim()
}

/** Optimised code has no frames of what it has inlined. */
const UNOPTIMISED = ['--no-opt', '--no-maglev']
const leak = async (...args) =>
  JSON.parse(await run(...UNOPTIMISED, '--expose-gc', fixture('leak.js'), ...args))

const byClass = ({ leaks }, name) => leaks.find(({ className }) => className === name)

describe('a leak', where, () => {
  let told
  it('is told with the functions that made and stored its objects', async () => {
    const result = await leak('auto')
    told = result
    assert.deepEqual([result.verdict, result.capture], ['leak', 'walk'])
    const { allocations, allocationsReason } = byClass(result, 'Visit')
    assert.equal(allocationsReason, null)
    assert.deepEqual([allocations.source, allocations.sampler], ['linked', 'own'])
    const { createdIn, storedIn, stacks } = allocations
    assert.match(createdIn.functionName, /^(Visit|createVisit)$/)
    assert.deepEqual([createdIn.kind, path.basename(createdIn.file)], ['app', 'leak.js'])
    assert.ok(createdIn.share > 0.5 && createdIn.samples > 0)
    // A table grows seldom: it need not be among the samples.
    if (storedIn !== null) assert.equal(storedIn.functionName, 'storeVisit')
    const [first] = stacks
    assert.equal(first.role, 'item')
    const names = first.frames.map(({ functionName }) => functionName)
    assert.ok(names.includes('storeVisit'), names.join())
    assert.ok(allocations.samples >= stacks.reduce((sum, { samples }) => sum + samples, 0))
  })

  it('is not sampled before anything grows, and told with its stacks', () => {
    const { told: leaks, seen } = told
    for (const name of ['Visit', 'Job']) {
      const of = leaks.filter(([className]) => className === name).map(([, hasStacks]) => hasStacks)
      // check() tells whatever it finds; what is told without stacks is not told so again.
      assert.ok(of.includes(true), `${name}: ${of}`)
    }
    assert.deepEqual([seen[0].sampling, seen[0].why], [false, 'nothing grows'])
    assert.ok(seen.some(({ sampler }) => sampler === 'own'))
  })

  it('has stacks from what goes on after an await, which say so', () => {
    const { allocations } = byClass(told, 'Job')
    const items = allocations.stacks.filter(({ role }) => role === 'item')
    assert.ok(items.length > 0)
    for (const { cutByAwait, frames } of items) {
      assert.equal(cutByAwait, true, JSON.stringify(frames))
      assert.ok(frames.some(({ functionName }) => /^(Job|Visit|createJob)$/.test(functionName)))
    }
  })

  it('is told without the names of functions where these are hidden', async () => {
    const result = await leak('always', 'redact')
    const known = result.leaks.filter(({ allocations }) => allocations !== null)
    assert.ok(known.length > 0)
    const frames = known.flatMap(({ allocations: { createdIn, storedIn, stacks } }) => [
      createdIn,
      storedIn,
      ...stacks.flatMap((stack) => stack.frames)
    ])
    for (const frame of frames.filter((it) => it !== null)) {
      assert.match(frame.functionName ?? '~00000000', /^~[0-9a-f]{8}$/)
    }
  })

  it('has none, and a reason, where that is switched off', async () => {
    const { leaks, seen } = await leak('off')
    for (const { allocations, allocationsReason } of leaks) {
      assert.deepEqual([allocations, allocationsReason], [null, 'ALLOCATIONS_OFF'])
    }
    assert.ok(seen.every(({ sampling, why }) => !sampling && why === 'sampling is switched off'))
  })

  it('is told with linked stacks where V8 writes the snapshot in the process', async () => {
    const result = await leak('auto', '-', 'inline')
    assert.equal(result.capture, 'inline')
    const { allocations } = byClass(result, 'Visit')
    assert.equal(allocations.source, 'linked')
    assert.match(allocations.createdIn.functionName, /^(Visit|createVisit)$/)
  })

  it('is told with the stacks that grow where V8 writes the snapshot in a child', async () => {
    const result = await leak('auto', '-', 'fork')
    assert.equal(result.capture, 'fork')
    const { allocations, allocationsReason } = byClass(result, 'Visit')
    assert.deepEqual([allocations.source, allocationsReason], ['growth', null])
    assert.match(allocations.createdIn.functionName, /^(Visit|Job|createVisit|createJob)$/)
    assert.ok(allocations.stacks.every(({ role }) => role === 'unknown'))
  })

  it('has a line in the log for people', async () => {
    const label = 'src/a.js:1:2'
    const place = { functionName: 'make', label }
    const text = (allocations) =>
      describeLeak({
        verdict: 'leak',
        title: 'It grows',
        container: { location: null },
        items: { location: null },
        path: [],
        pathText: 'a',
        advice: 'b',
        allocations
      })
    assert.match(
      text({ createdIn: place, storedIn: { ...place, functionName: null } }),
      /\n {2}created in make \(src\/a\.js:1:2\), stored in src\/a\.js:1:2\n/
    )
    assert.match(text({ createdIn: null, storedIn: place }), /\n {2}stored in make/)
    assert.doesNotMatch(text(null), /stored|created/)
  })
})

describe('a leak while captures are skipped', where, () => {
  const skipped = async (options, ...args) =>
    JSON.parse(
      await run(
        ...UNOPTIMISED,
        '--expose-gc',
        fixture('skipped.js'),
        JSON.stringify(options),
        '120',
        ...args
      )
    )

  it('is told by the growth of its allocations, which the skips say', async () => {
    const { told, skips, checks, allocations, lastCheck } = await skipped({ maxPauseMs: 2 })
    const [first] = told
    assert.deepEqual([first.verdict, first.kind, first.path], ['leak', 'unlocated', []])
    const { source, createdIn, storedIn, stacks } = first.allocations
    assert.deepEqual([source, storedIn], ['growth', null])
    assert.match(createdIn.functionName, /^(Visit|createVisit)$/)
    assert.ok(stacks.length > 0 && stacks.every(({ role }) => role === 'unknown'))
    assert.match(first.title, /^Objects created in (Visit|createVisit) \(.*skipped\.js:\d+:\d+\)/)
    assert.ok(first.pathText.includes('called by serve'), first.pathText)
    assert.match(describeLeak(first), /what stays alive is created in (Visit|createVisit)/)
    const captures = skips.filter(({ code }) => code.startsWith('ERR_'))
    assert.ok(captures.every(({ code }) => code === 'ERR_CAPTURE_PAUSE_BUDGET'))
    assert.match(captures.at(-1).message, /growth of sampled allocations was judged instead/)
    // It was suspected before: which of its functions creates most may change.
    const suspects = checks.flatMap((check) => check.suspects)
    assert.ok(suspects.length > 0)
    for (const { title } of suspects) assert.match(title, /created in (Visit|createVisit|serve) /)
    assert.deepEqual([allocations.sampling, lastCheck.verdict], [true, 'leak'])
  })

  it('is skipped and nothing else where sampling is switched off', async () => {
    const options = JSON.stringify({ maxPauseMs: 2, allocations: 'off' })
    const { told, skips, checks } = JSON.parse(
      await run('--expose-gc', fixture('skipped.js'), options, '5')
    )
    assert.deepEqual([told, checks], [[], []])
    assert.ok(skips.length > 0 && skips.every(({ message }) => !message.includes('growth of')))
  })
})

/** Why the limit of memory of a program cannot be changed while it runs, or false. */
function noOwnGroup() {
  const mount = ['-rm', 'mount', '-t', 'tmpfs', 'none', '/sys/fs/cgroup']
  return spawnSync('unshare', mount).status === 0 ? false : 'there are no namespaces to be had'
}

describe('a leak while captures are skipped, then made, and skipped again', {
  skip: where.skip || lacking(noOwnGroup())
}, () => {
  it('is one leak, told once more when its own stacks come', () => {
    const line = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
    const program = [process.execPath, ...UNOPTIMISED, '--expose-gc', fixture('alternating.js')]
    const ran = spawnSync('unshare', ['-rm', 'sh', '-c', line, 'sh', ...program], {
      encoding: 'utf8'
    })
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
    const [skipped, captured, skippedAgain, capturedAgain] = JSON.parse(ran.stdout)
    const [{ id: grown }] = skipped.events
    const [held] = captured.events.filter(({ isHeld }) => isHeld)
    const told = (events) => events.map(({ event, source, isHeld }) => [event, source, isHeld])
    assert.deepEqual(told(skipped.events), [['leak', 'growth', false]])
    assert.deepEqual(skipped.check.ids, [grown])
    // It ends where it is told with its holder.
    const ends = captured.events.filter(({ event }) => event === 'resolved')
    assert.deepEqual(
      ends.map(({ id, replacedBy }) => [id, replacedBy]),
      [[grown, held.id]]
    )
    assert.deepEqual(told(captured.events.filter(({ event }) => event === 'leak')).at(-1), [
      'leak',
      'linked',
      true
    ])
    for (const { check } of [captured, skippedAgain, capturedAgain]) {
      assert.deepEqual([check.verdict, check.ids], ['leak', [held.id]])
    }
    assert.deepEqual([skippedAgain.events, capturedAgain.events], [[], []])
  })
})

describe('sampling ends', where, () => {
  for (const [how, way] of Object.entries({
    'with its detector': 'stopped',
    'and begins as often as one likes': 'again',
    'after many captures': 'captures',
    'with Workers beside captures': 'beside',
    'with the process': 'natural',
    'with process.exit()': 'exit',
    'with what is thrown': 'thrown',
    'with Workers that end': 'ended',
    'with Workers that are terminated': 'terminated',
    'with Workers that exit': 'exited'
  })) {
    it(how, async () => {
      const text = await run(fixture('life.js'), way)
      if (['exit', 'thrown'].includes(way)) return assert.equal(text, '')
      // It has thrown if anything was wrong.
      const { captures } = JSON.parse(text)
      assert.equal(captures, ['captures', 'beside'].includes(way) ? 10 : undefined)
    })
  }

  it('with a detector that is forgotten', async () => {
    assert.equal(await run('--expose-gc', fixture('life.js'), 'collected'), '"well"')
  })
})

describe('another profiler', where, () => {
  const others = async (...args) => JSON.parse(await run(...args))

  it('that is there already is read along and left alone', async () => {
    const { samplers, samples } = await others(fixture('others.js'), 'before')
    assert.deepEqual([samplers, samples], [['shared'], true])
  })

  it('that comes later may end the sampling, which is begun anew', async () => {
    const { samplers, samples } = await others(fixture('others.js'), 'after')
    assert.deepEqual([samplers, samples], [['own', 'own', 'own', 'own'], true])
  })

  const hasPprof = { skip: lacking(pprofIsMissing()) }
  it('of Datadog that is there already is read along and left alone', hasPprof, async () => {
    const { samplers, samples } = await others(fixture('others.js'), 'pprofBefore')
    assert.deepEqual([samplers, samples], [['shared', 'shared'], true])
  })

  it(
    'of Datadog that comes later may end the sampling, which is begun anew',
    hasPprof,
    async () => {
      const { samplers, samples } = await others(fixture('others.js'), 'pprofAfter')
      assert.deepEqual([samplers, samples], [['own', 'own', 'own', 'own'], true])
    }
  )

  // Node has WebSocket from 22 on, and before that behind a flag.
  const client = async (way) => {
    const flags = typeof WebSocket === 'function' ? [] : ['--experimental-websocket']
    const { code, stdout, stderr } = await runNode([...flags, fixture('others.js'), way])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }

  it('of a client of the inspector is read along and left alone', async () => {
    assert.deepEqual(await client('clientBefore'), {
      samplers: ['shared', 'shared'],
      samples: true
    })
  })

  it('of a client of the inspector may end the sampling, too', async () => {
    const samplers = ['own', 'own', 'own', 'own']
    assert.deepEqual(await client('clientAfter'), { samplers, samples: true })
  })

  it('of --heap-prof writes its profile', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'seep-allocations-'))
    try {
      const flags = ['--heap-prof', `--heap-prof-dir=${folder}`]
      const { samplers, samples } = await others(...flags, fixture('others.js'), 'flag')
      assert.deepEqual([samplers, samples], [['shared', 'shared'], true])
      assert.equal(readdirSync(folder).length, 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const hasProfiles = {
    skip: typeof v8.startHeapProfile === 'function' ? false : 'Node has it from 26 on'
  }
  it('of v8.startHeapProfile() is left alone', hasProfiles, async () => {
    const { samplers, samples } = await others(fixture('others.js'), 'node')
    assert.deepEqual([samplers, samples], [['shared'], true])
  })

  it('of v8.startHeapProfile() is refused while seep samples', hasProfiles, async () => {
    const { samplers, code, samples } = await others(fixture('others.js'), 'nodeAfter')
    assert.deepEqual(
      [samplers, code, samples],
      [['own'], 'ERR_HEAP_PROFILE_HAVE_BEEN_STARTED', true]
    )
  })
})

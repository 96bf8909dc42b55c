'use strict'

/** Where detectors live, and how they end. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { describe, it } = require('node:test')
const { lacking } = require('./support/lacking')
const { evaluate, runNode } = require('./support/program')

const FIXTURES = path.join(__dirname, 'fixtures')
const onLinux = { skip: process.platform !== 'linux' }

describe('a detector', () => {
  it('is stopped when it is disposed of', async () => {
    const { value } = await evaluate(`
      const { start } = require('seep')
      const detector = start()
      detector[Symbol.asyncDispose]().then(() => {
        console.log(JSON.stringify([detector.status().state, process.getActiveResourcesInfo()]))
      })`)
    assert.equal(value[0], 'stopped')
    assert.ok(!value[1].includes('Timeout'))
  })

  it('in a vm context takes options of that realm, and finds what leaks there', async () => {
    const { value } = await evaluate(`
      const vm = require('node:vm')
      const context = vm.createContext({ require, console, AbortController })
      vm.runInContext(\`
        const { LeakDetector } = require('seep')
        const { signal } = new AbortController()
        const detector = new LeakDetector({ maxPauseMs: 600_000, minChecks: 2, signal })
        const kept = new Map()
        class Visit { constructor(n) { this.n = n; this.text = 'visit ' + n } }
        async function main() {
          let report
          for (let round = 0; round < 5; round++) {
            for (let i = 0; i < 2000; i++) kept.set(kept.size, new Visit(i))
            report = await detector.check()
          }
          await detector.stop()
          console.log(JSON.stringify([report.verdict, report.leaks.map(({ items }) => items.className)]))
        }
        main()
      \`, context)`)
    assert.deepEqual(value, ['leak', ['Visit']])
  })

  it('has no socket that listens, not while it captures either', onLinux, async () => {
    const { value } = await evaluate(`
      const fs = require('node:fs')
      const { start } = require('seep')
      const own = () => fs.readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return /^socket:\\[(\\d+)\\]$/.exec(fs.readlinkSync('/proc/self/fd/' + fd))?.[1] ?? []
        } catch {
          return [] // closed meanwhile
        }
      })
      const LISTEN = '0A'
      const ACCEPTS = 0x10000
      const listening = () => {
        const rows = (name) => fs.readFileSync('/proc/self/net/' + name, 'utf8').trim().split('\\n').slice(1).map((line) => line.trim().split(/\\s+/))
        const tcp = [...rows('tcp'), ...rows('tcp6')].filter((row) => row[3] === LISTEN).map((row) => row[9])
        const local = rows('unix').filter((row) => Number.parseInt(row[3], 16) & ACCEPTS).map((row) => row[6])
        const all = new Set([...tcp, ...local])
        return own().filter((inode) => all.has(inode)).length
      }
      async function main() {
        const server = require('node:net').createServer().listen(0)
        await new Promise((resolve) => server.once('listening', resolve))
        const counts = [listening()] // that it is seen at all
        await new Promise((resolve) => server.close(resolve))
        const detector = start({ maxPauseMs: 600_000 })
        let most = 0
        const looking = setInterval(() => { most = Math.max(most, listening()) }, 5)
        const { skip } = await detector.check()
        clearInterval(looking)
        await detector.stop()
        console.log(JSON.stringify({ counts, most, skip }))
      }
      main()`)
    assert.deepEqual(value, { counts: [1], most: 0, skip: null })
  })

  for (const [runtime, reason] of [
    ['bun', /Bun/],
    ['deno', /Deno/]
  ]) {
    it(`is disabled in ${runtime}, and says why`, async () => {
      const { value, stderr } = await evaluate(`
        const versions = { ...process.versions, ${runtime}: '1.0.0' }
        Object.defineProperty(process, 'versions', { value: versions })
        const { start } = require('seep')
        const { enabled, disabledReason } = start()
        console.log(JSON.stringify({ enabled, disabledReason }))`)
      assert.equal(value.enabled, false)
      assert.match(value.disabledReason, reason)
      assert.equal(stderr, '')
    })
  }
})

describe('processes of one machine', onLinux, () => {
  it('in a cluster capture in turns, and end by themselves on a reload', async () => {
    const { code, stdout, stderr } = await runNode([path.join(FIXTURES, 'cluster.js')])
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    const { ends, left } = JSON.parse(stdout)
    assert.deepEqual(ends, Array(4).fill({ code: 0, signal: null }))
    assert.equal(left, 0)
  })

  it('take turns also where every round captures: never two children at a time', async () => {
    const program = path.join(FIXTURES, 'cluster-turns.js')
    const { code, stdout, stderr } = await runNode([program])
    assert.equal(code, 0, stderr)
    const { seen, most, captures } = JSON.parse(stdout)
    assert.ok(seen > 0, 'a child was seen')
    assert.equal(most, 1)
    for (const count of captures) assert.ok(count >= 2)
  })

  /** Runs a program in a network of its own, which the name of the lock is in. */
  const alone = (...command) => {
    const line = 'ip link set lo up && exec "$0" "$@"'
    const args = ['--map-root-user', '--net', '--', 'sh', '-c', line, ...command]
    return spawnSync('unshare', args, { encoding: 'utf8' })
  }
  const cannotBeAlone =
    process.platform !== 'linux' || lacking(alone('true').status !== 0 && 'a network of its own')

  it('give way to each other, wait when somebody asks, and do neither for the dead', {
    skip: cannotBeAlone
  }, () => {
    const program = path.join(FIXTURES, 'machine-lock.js')
    const { status, stdout, stderr } = alone(process.execPath, program)
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      during: { interval: 'ERR_CAPTURE_ELSEWHERE', lastChance: 'captured' },
      after: { check: 'captured', interval: 'captured' },
      duringFile: { interval: 'ERR_CAPTURE_ELSEWHERE' }
    })
  })
})

'use strict'

/** Stacks of leaks as profiles, read back by the definitions of the two formats. */

const assert = require('node:assert/strict')
const { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { gunzipSync } = require('node:zlib')
const { LeakDetector } = require('..')
const { writeProfile } = require('../lib/allocation-profile')
const { allocationsOf, leakReport } = require('./support/reports')

const folder = mkdtempSync(path.join(os.tmpdir(), 'seep-profile-'))
after(() => rmSync(folder, { recursive: true }))

const LEAKS = [leakReport({ allocations: allocationsOf() }), leakReport({ id: 'another' })]

async function written(name) {
  const file = path.join(folder, name)
  await writeProfile(file, LEAKS)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  return readFileSync(file)
}

/** Reads the number at `at`, and returns it with the position after it. */
function varint(bytes, at) {
  let value = 0
  for (let end = at; ; end++) {
    value += (bytes[end] & 127) * 2 ** (7 * (end - at))
    if (bytes[end] < 128) return [value, end + 1]
  }
}

/** Decodes a message of Protocol Buffers: the values of each field. */
function decoded(bytes) {
  const fields = new Map()
  for (let at = 0; at < bytes.length; ) {
    const [key, begin] = varint(bytes, at)
    assert.ok([0, 2].includes(key & 7), `wire type ${key & 7}`)
    const [number, end] = varint(bytes, begin)
    const isText = (key & 7) === 2
    at = isText ? end + number : end
    const field = key >> 3
    fields.set(field, [...(fields.get(field) ?? []), isText ? bytes.subarray(end, at) : number])
  }
  return fields
}

/** Decodes packed numbers. */
function packed(bytes) {
  const values = []
  for (let at = 0; at < bytes.length; ) {
    const [value, end] = varint(bytes, at)
    values.push(value)
    at = end
  }
  return values
}

describe('a profile of what leaks', () => {
  it('is a sampling profile for DevTools: the leak, the role, then callers', async () => {
    const { head, samples } = JSON.parse(await written('a.heapprofile'))
    const ids = new Map()
    const paths = []
    const visit = (node, above) => {
      assert.ok(!ids.has(node.id))
      ids.set(node.id, node)
      const names = [...above, node.callFrame.functionName]
      if (node.selfSize > 0) paths.push([names.slice(1), node.selfSize])
      for (const child of node.children) visit(child, names)
    }
    visit(head, [])
    assert.equal(head.callFrame.functionName, '(root)')
    const leak = `leak ${LEAKS[0].id}: ${LEAKS[0].title}`
    assert.deepEqual(paths, [
      [[leak, '(item)', 'handle', 'route', 'dispatch', 'next', 'createSession'], 400_000],
      [[leak, '(store)', 'handle', 'set'], 2 ** 40]
    ])
    assert.deepEqual(
      samples.map(({ size, nodeId }) => [size, ids.get(nodeId).selfSize]),
      [
        [400_000, 400_000],
        [2 ** 40, 2 ** 40]
      ]
    )
    const { url, lineNumber, columnNumber } = ids.get(samples[0].nodeId).callFrame
    assert.deepEqual([url, lineNumber, columnNumber], ['/srv/app/src/session.js', 9, 2])
  })

  it('is a gzipped pprof with the leak as a label', async () => {
    const profile = decoded(gunzipSync(await written('a.pb.gz')))
    const strings = profile.get(6).map(String)
    assert.equal(strings[0], '')
    const types = profile.get(1).map((it) => [...decoded(it).values()].map(([at]) => strings[at]))
    assert.deepEqual(types, [
      ['samples', 'count'],
      ['inuse_space', 'bytes']
    ])
    const functions = new Map(
      profile.get(5).map((it) => {
        const fields = decoded(it)
        return [fields.get(1)[0], [strings[fields.get(2)[0]], strings[fields.get(4)[0]]]]
      })
    )
    const locations = new Map(
      profile.get(4).map((it) => {
        const fields = decoded(it)
        return [fields.get(1)[0], functions.get(decoded(fields.get(4)[0]).get(1)[0])]
      })
    )
    const samples = profile.get(2).map((it) => {
      const fields = decoded(it)
      const labels = fields
        .get(3)
        .map((label) => [...decoded(label).values()].map(([at]) => strings[at]))
      const stack = packed(fields.get(1)[0]).map((id) => locations.get(id)[0])
      return { stack, values: packed(fields.get(2)[0]), labels: Object.fromEntries(labels) }
    })
    assert.deepEqual(samples, [
      {
        stack: ['createSession', 'next', 'dispatch', 'route', 'handle'],
        values: [3, 400_000],
        labels: { leak: LEAKS[0].id, role: 'item' }
      },
      {
        stack: ['set', 'handle'],
        values: [2, 2 ** 40],
        labels: { leak: LEAKS[0].id, role: 'store' }
      }
    ])
    assert.equal(profile.get(12)[0], 131_101)
    assert.equal(strings[profile.get(14)[0]], 'inuse_space')
  })

  it('is refused where there is nothing to write, or no such format', async () => {
    const detector = new LeakDetector()
    const refuses = (file, code) => assert.rejects(detector.writeAllocationProfile(file), { code })
    await refuses(path.join(folder, 'b.heapprofile'), 'ERR_NO_ALLOCATIONS')
    await refuses(path.join(folder, 'b.svg'), 'ERR_INVALID_ARG_VALUE')
    await refuses(7, 'ERR_INVALID_ARG_TYPE')
    await detector.stop()
    const target = path.join(folder, 'missing', 'a.pb.gz')
    await assert.rejects(writeProfile(target, LEAKS), { code: 'ERR_FILE_OS' })
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.seep')),
      []
    )
  })
})

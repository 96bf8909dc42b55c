// Compares what `openHeap` answers with the engine of Chrome DevTools; see README.md.

import assert from 'node:assert'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { openHeap } from '../../index.js'
import { load, nearest } from './devtools.mjs'

/** The sets of objects that both have, by our name. */
const SETS = {
  contexts: 'objectsRetainedByContexts',
  detached: 'objectsRetainedByDetachedDomNodes',
  console: 'objectsRetainedByConsole',
  eventHandlers: 'objectsRetainedByEventHandlers'
}

/** Every so many nodes is looked at one by one. */
const STRIDE = 97

/** DevTools' distance as ours. */
const distanceOf = (distance) => (distance < 0 ? null : distance)

const text = (rows) => rows.map((row) => JSON.stringify(row)).sort()

/** Public class keys that stand for several classes, of which DevTools shows one. */
function ambiguous(snapshot) {
  const kinds = new Map()
  const names = new Map()
  const node = snapshot.createNode(0)
  for (let i = 0; i < snapshot.nodeCount; i++) {
    node.nodeIndex = i * snapshot.nodeFieldCount
    if (node.selfSize() === 0) continue
    const key = node.classKeyInternal()
    const name = typeof key === 'number' ? `,${snapshot.strings[key]}` : key
    kinds.set(name, (kinds.get(name) ?? new Set()).add(key))
    names.set(name, node.className())
  }
  const several = [...kinds].filter(([, keys]) => keys.size > 1)
  return new Set(several.map(([name]) => names.get(name)))
}

async function compareClasses(heap, snapshot, hidden) {
  for (const [only, filterName] of [['all', undefined], ...Object.entries(SETS)]) {
    const theirs = Object.values(snapshot.aggregatesWithFilter({ filterName }))
      .filter(({ name }) => !hidden.has(name))
      .map((row) => [row.name, row.count, row.self, row.maxRet, nearest(snapshot, row)])
    const { rows } = await heap.classes({ only, limit: 10_000 })
    const ours = rows
      .filter(({ className }) => !hidden.has(className))
      .map(({ className, count, selfBytes, retainedBytes, distance }) => [
        className,
        count,
        selfBytes,
        retainedBytes,
        distance
      ])
    assert.deepStrictEqual(text(ours), text(theirs), `classes, ${only}`)
  }
}

/** Ids of the nodes, by ordinal, and the children of each in the dominator tree. */
function dominatorTree(snapshot) {
  const node = snapshot.createNode(0)
  const children = Array.from({ length: snapshot.nodeCount }, () => [])
  const ids = Array.from({ length: snapshot.nodeCount }, (_, ordinal) => {
    node.nodeIndex = ordinal * snapshot.nodeFieldCount
    return node.id()
  })
  const root = snapshot.rootNodeIndex / snapshot.nodeFieldCount
  snapshot.dominatorsTree.forEach((holder, ordinal) => {
    if (ordinal !== root) children[holder].push(ids[ordinal])
  })
  return { ids, children, root }
}

async function compareObjects(heap, snapshot) {
  const { ids, children, root } = dominatorTree(snapshot)
  const popular = [...children.keys()].sort((a, b) => children[b].length - children[a].length)
  const sample = new Set([root, ...popular.slice(0, 20)])
  for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal += STRIDE) sample.add(ordinal)
  const node = snapshot.createNode(0)
  for (const ordinal of sample) {
    node.nodeIndex = ordinal * snapshot.nodeFieldCount
    const id = ids[ordinal]
    const object = await heap.object(id, { limit: 10_000 })
    assert.deepStrictEqual(
      [object.className, object.selfBytes, object.retainedBytes, object.distance],
      [node.className(), node.selfSize(), node.retainedSize(), distanceOf(node.distance())],
      `@${id}`
    )
    assert.strictEqual(object.dominatorId, ids[snapshot.dominatorsTree[ordinal]], `@${id}`)
    assert.strictEqual(object.fields.total, node.edgesCount(), `fields of @${id}`)
    assert.strictEqual(object.retainerCount, node.retainersCount(), `retainers of @${id}`)
    const theirs = []
    for (const retainers = node.retainers(); retainers.hasNext(); retainers.next()) {
      const edge = retainers.item()
      theirs.push([edge.node().id(), edge.type()])
    }
    const { rows } = await heap.retainers(id, { limit: 10_000 })
    if (theirs.length <= 10_000) {
      const ours = rows.map((row) => [row.id, row.edge.kind])
      assert.deepStrictEqual(text(ours), text(theirs), `retainers of @${id}`)
    }
    const below = await heap.dominators({ id, limit: 10_000 })
    assert.strictEqual(below.total, children[ordinal].length, `dominated by @${id}`)
    if (below.total <= 10_000) {
      assert.deepStrictEqual(text(below.rows.map((row) => row.id)), text(children[ordinal]))
    }
  }
  return sample.size
}

/** DevTools' distance of what nothing leads to any more, at least. */
const UNREACHABLE = 200_000_000

/** Every so many of the nodes looked at, what holds it is looked at again without its nearest retainer. */
const IGNORED_STRIDE = 20

/** Compares which retainers still hold an object when one of them is ignored. */
async function compareIgnored(heap, snapshot) {
  const node = snapshot.createNode(0)
  let count = 0
  for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal += STRIDE * IGNORED_STRIDE) {
    node.nodeIndex = ordinal * snapshot.nodeFieldCount
    const id = node.id()
    const [nearest] = (await heap.retainers(id, { limit: 1, weak: false })).rows
    if (nearest === undefined || node.retainersCount() > 10_000) continue
    const theirs = []
    for (const retainers = node.retainers(); retainers.hasNext(); retainers.next()) {
      const holder = retainers.item().node()
      if (holder.id() !== nearest.id) theirs.push([holder.id(), holder.nodeIndex])
    }
    const ignored = []
    for (let at = 0; at < snapshot.nodeCount; at++) {
      const other = snapshot.createNode(at * snapshot.nodeFieldCount)
      if (other.id() === nearest.id) ignored.push(other.nodeIndex)
    }
    for (const index of ignored) snapshot.ignoreNodeInRetainersView(index)
    const { rows } = await heap.retainers(id, { ignore: [nearest.id], limit: 10_000 })
    const isHeld = (index) => snapshot.getDistanceForRetainersView(index) < UNREACHABLE
    assert.deepStrictEqual(
      text(rows.map((row) => [row.id, row.isHeld])),
      text(theirs.map(([other, index]) => [other, isHeld(index)])),
      `retainers of @${id} without @${nearest.id}`
    )
    snapshot.unignoreAllNodesInRetainersView()
    count++
  }
  return count
}

/** Checks the biggest cells of the dominator tree against the sizes of DevTools. */
async function compareCells(heap, snapshot) {
  const { ids, children, root } = dominatorTree(snapshot)
  const ordinals = new Map(ids.map((id, ordinal) => [id, ordinal]))
  const { totalBytes, rows } = await heap.tree({ limit: 1000 })
  assert.strictEqual(totalBytes, snapshot.retainedSizes[root])
  const groups = rows.filter(({ classId }) => classId !== null)
  compareGroups(snapshot, rows, groups, { ids, ordinals, children })
  const cells = rows.filter(({ others, classId }) => others === 0 && classId === null)
  for (const { id, bytes, folded } of cells) {
    let ordinal = ordinals.get(id)
    assert.strictEqual(bytes, snapshot.retainedSizes[ordinal], `@${id}`)
    let chain = 0
    while (children[ordinal].length === 1) {
      ordinal = ordinals.get(children[ordinal][0])
      chain++
    }
    assert.strictEqual(folded, chain, `chain of @${id}`)
  }
  // Of all that begin a chain, these are the biggest.
  const isOnly = (ordinal) => {
    const holder = snapshot.dominatorsTree[ordinal]
    return holder !== root && children[holder].length === 1
  }
  const all = ids.map((_, ordinal) => ordinal).filter((it) => it !== root && !isOnly(it))
  const sizes = all.map((ordinal) => snapshot.retainedSizes[ordinal]).sort((a, b) => b - a)
  assert.deepStrictEqual(
    cells.map(({ bytes }) => bytes),
    sizes.slice(0, cells.length)
  )
}

/** Checks that a cell of a class has all of its objects directly below one dominator. */
function compareGroups(snapshot, rows, groups, { ordinals, children }) {
  const node = snapshot.createNode(0)
  const root = snapshot.rootNodeIndex / snapshot.nodeFieldCount
  for (const { parent, className, count, bytes } of groups) {
    let holder = parent === null ? root : ordinals.get(rows[parent].id)
    for (let links = parent === null ? 0 : rows[parent].folded; links > 0; links--) {
      holder = ordinals.get(children[holder][0])
    }
    const alike = children[holder]
      .map((id) => ordinals.get(id))
      .filter((ordinal) => {
        node.nodeIndex = ordinal * snapshot.nodeFieldCount
        return node.className() === className
      })
    const sum = alike.reduce((total, ordinal) => total + snapshot.retainedSizes[ordinal], 0)
    // Classes at several places may share a name.
    assert.ok(count <= alike.length && bytes <= sum, `${count} x ${className}`)
    if (count === alike.length) assert.strictEqual(bytes, sum, `${count} x ${className}`)
  }
}

/** Compares which objects are new or gone since another file with DevTools' Comparison view. */
async function compareChanges(heap, snapshot, since) {
  const before = await load(opened(since))
  const hidden = new Set([...ambiguous(snapshot), ...ambiguous(before)])
  const definitions = snapshot.interfaceDefinitions()
  const diff = snapshot.calculateSnapshotDiff('since', before.aggregatesForDiff(definitions))
  const theirs = Object.values(diff)
    .filter(({ name }) => !hidden.has(name))
    .map((it) => [it.name, it.addedCount, it.addedSize, it.removedCount, it.removedSize])
  const { isSameProcess, rows } = await heap.changes(since, { limit: 10_000 })
  assert.ok(isSameProcess, 'the ids are of one process')
  const ours = rows
    .filter(({ className }) => !hidden.has(className))
    .map((it) => [it.className, it.newCount, it.newBytes, it.deletedCount, it.deletedBytes])
  assert.deepStrictEqual(text(ours), text(theirs), 'changes')
  return rows.length
}

function opened(file) {
  const bytes = fs.createReadStream(file, { highWaterMark: 1 << 20 })
  return file.endsWith('.gz') ? bytes.pipe(zlib.createGunzip()) : bytes
}

async function compare(file, since) {
  const snapshot = await load(opened(file))
  const heap = await openHeap(file)
  await compareClasses(heap, snapshot, ambiguous(snapshot))
  const objects = await compareObjects(heap, snapshot)
  await compareCells(heap, snapshot)
  const ignored = await compareIgnored(heap, snapshot)
  const sets = Object.keys(SETS).length
  console.log(
    `${path.basename(file)}: ${sets + 1} tables of classes, ${objects} objects, ${ignored} of them with a ` +
      'retainer ignored, and 1,000 cells of the dominator tree, all equal'
  )
  if (since !== undefined) {
    const classes = await compareChanges(heap, snapshot, since)
    console.log(
      `${path.basename(file)} since ${path.basename(since)}: ${classes} classes, all equal`
    )
  }
  await heap.close()
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--since') for (const file of rest.slice(1)) await compare(file, rest[0])
else for (const file of [first, ...rest]) await compare(file)

#!/usr/bin/env node
'use strict'
// What it takes to look through a heap.
//
//   node benchmark/open.js FILE.heapsnapshot [--queries=200] [--json]
//
// Opens the file, asks for class counts, works out the rest (`ready()`), and then asks a session of
// questions of all kinds: the tables as a person pages and sorts them, and the objects that cost
// most (the widest dominator, the most referred to, the deepest, those with most fields), each
// where the file has it. Prints the time of each step, the 95th percentile and the worst of the
// queries and their median by kind, and the memory beside the size of the file.
//
// The session is the same in each run over one file. Times depend on the machine and on who else
// uses it: compare medians of several runs.

const fs = require('node:fs')
const { openHeap } = require('..')
const { table } = require('./lib/markdown')
const { uniform } = require('./lib/random')

const MIB = 2 ** 20

/** Resident memory of this process, and its peak, in bytes (Linux). */
function resident() {
  const status = fs.readFileSync('/proc/self/status', 'utf8')
  const kilobytes = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)[1])
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 }
}

/** Wall time, and the CPU time of all threads: on a busy machine, the latter says more. */
async function timed(work) {
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - began, cpuMs: (user + system) / 1000, result }
}

/** Ids of objects that are expensive to ask about. */
async function worstObjects(heap) {
  const { specialNodes } = await heap.summary()
  const [root] = specialNodes
  const ids = new Set([root.id])
  for (const sort of ['retainedBytes', 'selfBytes', 'distance']) {
    const order = 'desc'
    const { objects } = await heap.find('distance<100000000', { sort, order, limit: 5 })
    for (const { id } of objects.rows) ids.add(id)
  }
  // What everything refers to: undefined, hidden classes.
  for (const name of ['undefined', 'system / Map', 'system / Oddball', 'system / FixedArray']) {
    const { objects } = await heap.find(`name:"${name}"`, { limit: 5 })
    for (const { id } of objects.rows) ids.add(id)
  }
  const candidates = []
  for (const id of ids) {
    const { fields, retainerCount } = await heap.object(id, { limit: 0 })
    candidates.push({ id, fields: fields.total, retainers: retainerCount })
  }
  const most = (figure) => [...candidates].sort((a, b) => b[figure] - a[figure]).slice(0, 5)
  return [...new Set([...most('fields'), ...most('retainers')].map(({ id }) => id)), root.id]
}

/** Returns the questions of one session: a name and a function each. */
async function questions(heap, count) {
  const random = uniform(7)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const classes = (await heap.classes({ sort: 'count', limit: 10 })).rows
  const origins = (await heap.holders({ limit: 10 })).rows
  const worst = await worstObjects(heap)
  const objects = []
  for (const { classId } of classes) {
    objects.push(...(await heap.instances({ classId, limit: 5 })).rows.map(({ id }) => id))
  }
  const anyId = () => (random() < 0.4 ? pick(worst) : pick(objects))
  const anyClass = () => pick(classes).classId
  // Each object with the one that holds it on its shortest path, to be ignored.
  const around = []
  for (const id of [...worst, ...objects.slice(0, 20)]) {
    const { steps } = await heap.path(id)
    around.push([id, { ignore: steps.slice(-2, -1).map((step) => step.id) }])
  }
  const kinds = {
    summary: () => heap.summary(),
    suspects: () => heap.suspects(),
    'tree of dominators': () => heap.tree({ limit: pick([200, 1000, 5000]) }),
    'tree below an object': () => heap.tree({ id: anyId(), depth: 4 }),
    'tree of holders': () => heap.tree({ of: 'holders', limit: pick([200, 1000, 5000]) }),
    holder: () => heap.holder(pick(origins).key),
    holders: () => heap.holders({ sort: pick(['heldBytes', 'count', 'name']) }),
    'holders of a key': (key = pick(origins).key) => heap.holders({ key }),
    classes: () => heap.classes({ sort: pick(['retainedBytes', 'count', 'name']) }),
    'class counts': () => heap.classes({ retained: false }),
    instances: () => heap.instances({ classId: anyClass() }),
    'instances further down': () => heap.instances({ classId: anyClass(), offset: 5000 }),
    'instances by holder': () => heap.instances({ classId: anyClass(), groupBy: 'holder' }),
    object: () => heap.object(anyId()),
    'fields further down': () => heap.object(anyId(), { offset: 1000, paths: false }),
    retainers: () => heap.retainers(anyId()),
    path: () => heap.path(anyId()),
    'retainers without one': () => {
      const [id, { ignore }] = pick(around)
      return heap.retainers(id, { ignore })
    },
    'path around': () => heap.path(...pick(around)),
    'merged paths': () => heap.mergedPaths({ classId: anyClass() }),
    dominators: () => heap.dominators({ id: anyId() }),
    'dominators of the root': () => heap.dominators({ sort: pick(['retainedBytes', 'id']) }),
    strings: () => heap.strings({ sort: pick(['wastedBytes', 'copies']) }),
    'find words': () => heap.find(pick(['user', 'map', 'node:fs', 'cache'])),
    'find holders': () => heap.find(pick(['user', 'map']), { list: 'holders', offset: 100 }),
    'find objects': () => heap.find(`retained>${pick(['1kB', '10kB', '1MB'])} in:module`),
    'what if': () => heap.whatIf({ classId: anyClass() })
  }
  const names = Object.keys(kinds)
  return Array.from({ length: count }, (_, i) => {
    const kind = names[i % names.length]
    return { kind, ask: kinds[kind] }
  })
}

function ascending(list, figure) {
  return list.map((item) => item[figure]).sort((a, b) => a - b)
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
}

async function measure(file, count) {
  const before = resident().now
  const bytes = fs.statSync(file).size
  const opened = await timed(() => openHeap(file))
  const heap = opened.result
  const counts = await timed(() => heap.classes({ retained: false }))
  const measured = await timed(() => heap.classes())
  const rest = await timed(() => heap.ready())
  const first = resident().now - before
  const times = new Map()
  const all = []
  for (const { kind, ask } of await questions(heap, count)) {
    const { ms, cpuMs } = await timed(() => ask())
    all.push({ kind, ms, cpuMs })
    times.set(kind, [...(times.get(kind) ?? []), { ms, cpuMs }])
  }
  const sorted = ascending(all, 'ms')
  const sortedCpu = ascending(all, 'cpuMs')
  const { nodeCount, edgeCount } = await heap.summary()
  const memory = resident()
  await heap.close()
  return {
    fileMiB: bytes / MIB,
    nodeCount,
    edgeCount,
    openMs: opened.ms,
    openCpuMs: opened.cpuMs,
    countsMs: opened.ms + counts.ms,
    retainedMs: opened.ms + counts.ms + measured.ms,
    readyMs: opened.ms + counts.ms + measured.ms + rest.ms,
    retainedCpuMs: opened.cpuMs + counts.cpuMs + measured.cpuMs,
    readyCpuMs: opened.cpuMs + counts.cpuMs + measured.cpuMs + rest.cpuMs,
    residentMiB: first / MIB,
    residentOverFile: (memory.now - before) / bytes,
    peakOverFile: (memory.peak - before) / bytes,
    queries: all.length,
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    worstMs: sorted.at(-1),
    p95CpuMs: quantile(sortedCpu, 0.95),
    worstCpuMs: sortedCpu.at(-1),
    worstKind: all.find(({ ms }) => ms === sorted.at(-1)).kind,
    kinds: Object.fromEntries(
      [...times].map(([kind, list]) => {
        const [ms, cpuMs] = [ascending(list, 'ms'), ascending(list, 'cpuMs')]
        const [medianMs, medianCpuMs] = [quantile(ms, 0.5), quantile(cpuMs, 0.5)]
        return [kind, { medianMs, worstMs: ms.at(-1), medianCpuMs, worstCpuMs: cpuMs.at(-1) }]
      })
    )
  }
}

async function main() {
  const options = process.argv.slice(2).filter((it) => it.startsWith('--'))
  const [file] = process.argv.slice(2).filter((it) => !it.startsWith('--'))
  if (file === undefined)
    throw new Error('usage: open.js FILE.heapsnapshot [--queries=200] [--json]')
  const count = Number(options.find((it) => it.startsWith('--queries='))?.split('=')[1] ?? 200)
  const { kinds, ...figures } = await measure(file, count)
  if (options.includes('--json')) {
    console.log(JSON.stringify({ ...figures, kinds }))
    return
  }
  for (const [name, value] of Object.entries(figures)) {
    console.log(
      `${name.padEnd(18)} ${Number.isInteger(value) || typeof value === 'string' ? value : value.toFixed(2)}`
    )
  }
  const rows = Object.entries(kinds).map(([kind, it]) => [
    kind,
    ...[it.medianMs, it.worstMs, it.medianCpuMs, it.worstCpuMs].map((ms) => ms.toFixed(1))
  ])
  const head = ['query', 'median ms', 'worst ms', 'median CPU ms', 'worst CPU ms']
  console.log(`\n${table(head, rows)}`)
}

main()

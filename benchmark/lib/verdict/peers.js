'use strict'

/** What others would say of the same programs: two rules on the heap's size, memlab, node-memwatch. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { install } = require('./programs')

/** As seep's own default: growth below is nobody's business. */
const MIN_GROWTH_BYTES = 64 * 1024

/** node-memwatch's rule: the size after a full collection rose five times running. */
function roseFiveTimes({ sizes }) {
  let run = 0
  for (let i = 1; i < sizes.length; i++) {
    run = sizes[i] > sizes[i - 1] ? run + 1 : 0
    if (run >= 5) return { reported: true, names: [] }
  }
  return { reported: false, names: [] }
}

/** A straight line through the sizes that explains at least 80 % of their variance, and rises by enough. */
function regression({ sizes }) {
  const count = sizes.length
  const meanX = (count - 1) / 2
  const meanY = sizes.reduce((sum, size) => sum + size, 0) / count
  let xy = 0
  let xx = 0
  let yy = 0
  for (const [x, y] of sizes.entries()) {
    xy += (x - meanX) * (y - meanY)
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
  }
  const slope = xy / xx
  const explained = yy === 0 ? 0 : (xy * xy) / (xx * yy)
  const growth = slope * (count - 1)
  return { reported: explained >= 0.8 && growth >= MIN_GROWTH_BYTES, names: [] }
}

function memlabOptions() {
  const folder = install('memlab', ['@memlab/api@2'], '--ignore-scripts', {
    PUPPETEER_SKIP_DOWNLOAD: '1'
  })
  return { memlab: path.join(folder, 'node_modules/@memlab/api') }
}

/** The lines of one trace that are steps from the root to the object. */
function pathOf(trace) {
  return Object.keys(trace)
    .filter((line) => /^\d+: /.test(line))
    .join('\n')
}

/** memlab's answer: the text of each trace that it reports, in its order. */
async function memlab({ baseline, target, final }, { memlab: module }, everything) {
  const { findLeaksBySnapshotFilePaths } = require(module)
  const { config } = require(path.join(module, '../core'))
  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'memlab-'))
  config.externalLeakFilter = everything ? { leakFilter: () => true } : undefined
  try {
    const traces = await findLeaksBySnapshotFilePaths(baseline, target, final, {
      workDir,
      consoleMode: 'SILENT'
    })
    return { reported: traces.length > 0, names: traces.map(pathOf) }
  } finally {
    fs.rmSync(workDir, { recursive: true, force: true })
  }
}

function memwatchOptions() {
  const folder = install('memwatch', ['@airbnb/node-memwatch@3'])
  return { memwatch: path.join(folder, 'node_modules/@airbnb/node-memwatch') }
}

/** HeapDiff names types only; that counts as named when the leaked type is among its five biggest. */
function heapDiff({ details }) {
  return { reported: details.length > 0, names: details.map(({ what }) => what) }
}

/**
 * `look` is what the child process does, `prepare` what it needs, `judge` the answer; `names` of the answer are texts in
 * order of rank, and `matches` says whether one names the leak of `expect`.
 */
const holds = (name, { pathIncludes }) => pathIncludes.every((part) => name.includes(part))
const isType = (name, { leakedType }) => leakedType.replace('closure ', '').includes(name)

const PEERS = [
  { name: 'rose 5 times', look: 'size', judge: roseFiveTimes, matches: () => false },
  { name: 'regression on the heap size', look: 'size', judge: regression, matches: () => false },
  {
    name: 'memlab find-leaks',
    look: 'snapshots',
    prepare: memlabOptions,
    judge: (seen, options) => memlab(seen, options, false),
    matches: holds
  },
  {
    name: 'memlab, every new object a leak',
    look: 'snapshots',
    prepare: memlabOptions,
    judge: (seen, options) => memlab(seen, options, true),
    matches: holds
  },
  {
    name: 'node-memwatch HeapDiff',
    look: 'memwatch',
    prepare: memwatchOptions,
    judge: heapDiff,
    matches: isType
  }
]

module.exports = { PEERS }

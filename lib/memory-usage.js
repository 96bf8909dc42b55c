'use strict'

/** Node's figures for the memory of the process. */

const v8 = require('node:v8')
const { resourceLimits } = require('node:worker_threads')

/**
 * Returns `process.memoryUsage()`. That throws if `/proc` is missing; V8's own memory
 * then replaces the resident memory, which is too low but better than nothing.
 */
function memoryUsage() {
  try {
    return process.memoryUsage()
  } catch {
    const heap = v8.getHeapStatistics()
    return {
      rss: heap.total_physical_size + heap.malloced_memory,
      heapTotal: heap.total_heap_size,
      heapUsed: heap.used_heap_size,
      external: heap.external_memory,
      arrayBuffers: 0
    }
  }
}

const MIB = 2 ** 20
/** V8's maximum for the young generation, by default. */
const MOST_YOUNG = 192 * MIB
/** Maximum share of the young generation if V8 chooses both sizes. */
const YOUNG_SHARE = 0.05

/**
 * Returns the limit of the old generation in bytes: `--max-old-space-size`, or V8's
 * own choice. V8 only reports the sum of this and the young generation's limit, which
 * may be larger, and which no leak fills.
 *
 * @param {string[]} [flags] command-line flags of Node; the last one counts
 */
function heapLimit(flags = nodeFlags()) {
  const both = v8.getHeapStatistics().heap_size_limit
  return Math.floor(Math.min(both, oldGeneration(both, flags)))
}

function oldGeneration(both, flags) {
  const { maxYoungGenerationSizeMb: young } = resourceLimits // only set in a worker thread
  if (young !== undefined) return both - young * MIB
  const flag = flags.findLast((one) => /^--max[-_]old[-_]space[-_]size/.test(one))
  if (flag === undefined) return both * (1 - YOUNG_SHARE)
  const megabytes = Number(/size=(\d+)$/.exec(flag)?.[1])
  // Otherwise the flag is a percentage of the machine's memory.
  return megabytes > 0 ? megabytes * MIB : Math.max(both / 2, both - MOST_YOUNG)
}

function nodeFlags() {
  return [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv]
}

/**
 * Returns the `MemoryFigures` of a report.
 *
 * @param {{ floorBytes?: number, collected?: boolean }} [seen] without a floor, the current used heap is the floor
 */
function memoryFigures({ floorBytes = Number.POSITIVE_INFINITY, collected = false } = {}) {
  const usage = memoryUsage()
  return {
    rssBytes: usage.rss,
    heapUsedBytes: usage.heapUsed,
    heapTotalBytes: usage.heapTotal,
    externalBytes: usage.external,
    arrayBuffersBytes: usage.arrayBuffers,
    floorBytes: Math.min(usage.heapUsed, floorBytes),
    heapLimitBytes: heapLimit(),
    collected
  }
}

module.exports = { heapLimit, memoryFigures, memoryUsage }

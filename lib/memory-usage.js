'use strict'

/** Node's own figures of the process's memory. */

const v8 = require('node:v8')
const { resourceLimits } = require('node:worker_threads')

/**
 * `process.memoryUsage()`, which throws where `/proc` is missing. There, what
 * V8 knows of itself stands in for the resident memory: less than the truth,
 * but not nothing.
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
/** The most that V8 sets aside for the young generation, unless told otherwise. */
const MOST_YOUNG = 192 * MIB
/** The most of the whole that it is where V8 chooses both. */
const YOUNG_SHARE = 0.05

/**
 * What the old generation may grow to, in bytes: `--max-old-space-size`, or V8's
 * own choice. V8 tells it together with the young generation's limit only, which
 * may be the larger one, and which no leak fills.
 *
 * @param {string[]} [flags] as Node takes them, the last one counts
 */
function heapLimit(flags = nodeFlags()) {
  const both = v8.getHeapStatistics().heap_size_limit
  return Math.floor(Math.min(both, oldGeneration(both, flags)))
}

function oldGeneration(both, flags) {
  const { maxYoungGenerationSizeMb: young } = resourceLimits // of a worker thread alone
  if (young !== undefined) return both - young * MIB
  const flag = flags.findLast((one) => /^--max[-_]old[-_]space[-_]size/.test(one))
  if (flag === undefined) return both * (1 - YOUNG_SHARE)
  const megabytes = Number(/size=(\d+)$/.exec(flag)?.[1])
  // Else it is given as a share of the machine.
  return megabytes > 0 ? megabytes * MIB : Math.max(both / 2, both - MOST_YOUNG)
}

function nodeFlags() {
  return [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv]
}

/**
 * The `MemoryFigures` of a report.
 *
 * @param {{ floorBytes?: number, collected?: boolean }} [seen] without a floor, what is used now is the lowest seen
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

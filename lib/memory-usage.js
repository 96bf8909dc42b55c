'use strict'

const v8 = require('node:v8')

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

/** What V8's heap may grow to: `--max-old-space-size`, or V8's own choice. */
function heapLimit() {
  return v8.getHeapStatistics().heap_size_limit
}

module.exports = { heapLimit, memoryUsage }

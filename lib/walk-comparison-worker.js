'use strict'

/**
 * The Worker of walk-comparison.js: creates a few thousand objects of known classes, and lets the native part capture this
 * heap with both methods.
 */

const { parentPort, workerData } = require('node:worker_threads')
const { NativeDetector } = require('../binding')
const { fromNative, toNative } = require('./border')
const { memoryFigures } = require('./memory-usage')
const { prepareWriter } = require('./snapshot-writer')
const { makeProbes } = require('./walk-probes')

/** Number of objects per class: enough to notice a missing one, and few enough for V8 to write quickly. */
const SAMPLES = 500

/** src/detector/comparison.rs counts the classes of this name. */
class SeepSample {
  #hidden
  constructor(number) {
    this.number = number
    this.name = `sample ${number}`
    this.list = [number, { number }]
    this.#hidden = { number }
  }

  get hidden() {
    return this.#hidden
  }
}

class SeepSampleOfSample extends SeepSample {
  static all = new Map()
}

/** Held only by a WeakMap, under a key that is alive. */
class SeepSampleValue {
  constructor(number) {
    this.number = number
  }
}

/** Held only by a WeakMap, under a key that is not alive. */
class SeepSampleGone {}

function makeSample() {
  const sample = { list: [], map: new Map(), set: new Set(), weak: new WeakMap(), closures: [] }
  let previous = null
  for (let number = 0; number < SAMPLES; number++) {
    const one = new SeepSample(number)
    const other = new SeepSampleOfSample(number)
    one.previous = previous
    previous = number % 20 === 0 ? null : one
    SeepSampleOfSample.all.set(`${number}`, other)
    sample.list.push(one)
    sample.map.set(number, { other })
    sample.set.add(other.name)
    sample.weak.set(one, new SeepSampleValue(number))
    sample.weak.set({}, new SeepSampleGone())
    sample.closures.push(() => one.number + other.number)
  }
  sample.dictionary = Object.fromEntries(sample.list.map((one) => [one.name, one]))
  sample.sparse = []
  sample.sparse[100_000] = sample.list[0]
  sample.bound = sample.closures[0].bind(sample)
  sample.symbols = { [Symbol('sample')]: sample.list[0] }
  sample.pending = (async (held) => {
    await new Promise(() => {})
    return held
  })(sample.list[0])
  sample.generator = (function* (held) {
    yield held
    yield held
  })(sample.list[0])
  sample.generator.next()
  sample.accessors = Object.defineProperty({}, 'reading', { get: () => sample, enumerable: true })
  sample.buffers = [new ArrayBuffer(1000), Buffer.alloc(100_000), new Float64Array(100)]
  return sample
}

function main() {
  // Global, because a walk does not read the stack.
  globalThis.sample = makeSample()
  const write = prepareWriter('inline')
  const native = new NativeDetector(
    toNative({ ...workerData, capture: 'auto', compares: true }),
    (text) => {
      const { event, round, method } = fromNative(text)
      if (event === 'capture' && method !== 'stream') native.capture(round, write)
      if (event === 'capture' && method === 'stream') {
        native.end(toNative({ round, pauseMs: 0, error: 'no pipe has a path' }))
      }
      if (event === 'compared') native.close()
      if (event === 'closed') {
        native.settle()
        parentPort.postMessage('ended')
        parentPort.close()
      }
    },
    makeProbes()
  )
  globalThis.native = native
  // Keeps the Worker alive, which the native part does not.
  parentPort.on('message', () => {})
  const now = { memory: memoryFigures(), epochMs: Date.now(), activeMs: null, requests: null }
  native.compare(toNative({ reason: 'interval', ...now }))
}

main()

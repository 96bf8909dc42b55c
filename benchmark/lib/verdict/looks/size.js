'use strict'

/** Looks at the heap's size after a full collection, which is all that the two size rules go by. */

const { setImmediate: turn, setTimeout: pause } = require('node:timers/promises')

async function collect() {
  for (let i = 0; i < 3; i++) {
    await pause(5)
    global.gc()
    await turn()
  }
  global.gc()
}

function size() {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function begin() {
  await collect()
  const sizes = [size()]
  return {
    async look() {
      await collect()
      sizes.push(size())
    },
    async end() {
      return { sizes }
    }
  }
}

module.exports = { begin }

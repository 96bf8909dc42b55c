'use strict'

/**
 * Compares the stacks of a report with the place where a program really creates or stores what leaks.
 *
 * A place is the name of a function, or a part of the source line on which it begins. `step` counts as one if it is the
 * innermost frame of the program: V8 has then inlined the functions that it calls into it.
 */

const fs = require('node:fs')

/** The places of the corpus, whose programs do not declare any. */
const CORPUS = {
  'any-signal': ['load'],
  'cheerio-slices': ['scrape', 'page'],
  'debug-instances': ['makeDebug('],
  'express-request-map': ['activeRequests.set'],
  'express-session-memorystore': ['session', 'save'],
  'inflight-hung': ['lookup'],
  'ioredis-offline-queue': ['redis.hincrby'],
  'lodash-memoize': ['priceOf(', 'parse'],
  'lru-cache-unbounded': ['render', 'thumbs.set'],
  'native-promise-race': ['job', 'Promise.race'],
  'node-cache-timers': ['new NodeCache'],
  'prom-client-labels': ['httpDuration.startTimer'],
  'winston-per-request': ['winston.createLogger'],
  'ws-slow-consumer': ['broadcast']
}

const lines = new Map()

/** The source line on which the function of a frame begins; empty if there is none. */
function sourceLine({ file, line }) {
  if (file === null || line === null) return ''
  const name = file.replace(/^file:\/\//, '')
  if (!lines.has(name)) {
    lines.set(name, fs.existsSync(name) ? fs.readFileSync(name, 'utf8').split('\n') : [])
  }
  return lines.get(name)[line - 1] ?? ''
}

function isPlace(frame, places) {
  return places.some((place) => frame.functionName === place || sourceLine(frame).includes(place))
}

function isApp({ kind }) {
  return kind === 'app'
}

function isStep(frame) {
  return frame?.kind === 'app' && frame.functionName === 'step'
}

/** Whether a function of a stack is the true place, and whether a report names it as `createdIn` or `storedIn`. */
function comparePlaces(allocations, places) {
  if (allocations == null) return { samples: 0, first: false, named: false }
  const { stacks, createdIn, storedIn, samples } = allocations
  const frames = stacks[0]?.frames ?? []
  const first = frames.some((frame) => isPlace(frame, places)) || isStep(frames.find(isApp))
  const isIt = (frame) => frame !== null && (isPlace(frame, places) || isStep(frame))
  return { samples, first, named: isIt(createdIn) || isIt(storedIn) }
}

function placesOf({ name, expect }) {
  return expect.allocatedIn ?? CORPUS[name] ?? []
}

module.exports = { comparePlaces, placesOf }

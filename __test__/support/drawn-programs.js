'use strict'

/** Programs that leak, drawn: each is given how much it has piled up, and draws its heap. */

const fs = require('node:fs')
const path = require('node:path')
const { DrawnHeap } = require('./drawn-heap')

/** When the first snapshot of a series was written; the others follow a minute apart. */
const BEGIN_S = Date.parse('2026-03-01T10:00:00Z') / 1000

/** A session is kept with its cart for each visitor. */
function sessions(n) {
  const heap = new DrawnHeap()
  const server = heap.module('/srv/shop/src/server.js')
  const module = heap.module('/srv/shop/src/session.js')
  const put = heap.map(server, 'sessions')
  for (let i = 0; i < n; i++) {
    const session = heap.object('Session', { size: 48, at: [module.script, 6, 28] })
    const cart = heap.object('Cart', { size: 96 })
    heap.refer(session, 'property', 'cart', cart)
    heap.refer(cart, 'property', 'items', heap.object('Array', { size: 16 }))
    heap.refer(session, 'property', 'id', heap.add('string', `session ${i}`, { size: 1024 }))
    put(session)
  }
  return heap
}

/** Each view listens to one bus and is never taken off. */
function listeners(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/cart-view.js')
  const bus = heap.variable(module, 'bus', 'EventEmitter', { size: 64 })
  const events = heap.object('Object', { size: 64 })
  const list = heap.object('Array', { size: 16 })
  heap.refer(bus, 'property', '_events', events)
  heap.refer(events, 'property', 'stock', list)
  for (let i = 0; i < n; i++) {
    const within = heap.object('system / Context', { size: 40 })
    heap.refer(within, 'internal', 'previous', module.scope)
    const view = heap.object('CartView', { size: 2048, at: [module.script, 4, 2] })
    heap.refer(within, 'context', 'this', view)
    heap.refer(list, 'element', i, heap.closure(module, 'onStock', [13, 5], { within }))
  }
  return heap
}

/** Requests wait for one promise that is never settled. */
function promises(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/pool.js')
  const promise = heap.variable(module, 'closed', 'Promise', { size: 48 })
  let last = promise
  for (let i = 0; i < n; i++) {
    const reaction = heap.add('hidden', 'system / PromiseReaction', { size: 40 })
    if (last === promise) heap.refer(promise, 'internal', 'reactions_or_result', reaction)
    else heap.refer(last, 'hidden', 0, reaction)
    heap.refer(reaction, 'hidden', 3, heap.object('Promise', { size: 800 }))
    last = reaction
  }
  return heap
}

/** Timers are started by one function and run for good. */
function timers(n) {
  const heap = new DrawnHeap()
  const node = heap.module('node:internal/timers')
  const module = heap.module('/srv/shop/src/poll.js')
  const poll = heap.closure(module, 'poll', [31, 3])
  heap.refer(module.scope, 'context', 'poll', poll)
  const map = heap.variable(node, 'timerListMap', 'Object', { size: 32 })
  let last = heap.object('TimersList', { size: 32 })
  heap.refer(map, 'element', 1, last)
  for (let i = 0; i < n; i++) {
    const timer = heap.object('Timeout', { size: 4096 })
    heap.refer(timer, 'property', '_onTimeout', poll)
    heap.refer(last, 'property', '_idlePrev', timer)
    last = timer
  }
  return heap
}

/** Each revision refers to the one before. */
function revisions(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/document.js')
  let newer = heap.variable(module, 'head', 'Revision', { size: 1024 })
  for (let i = 0; i < n; i++) {
    const older = heap.object('Revision', { size: 1024 })
    heap.refer(newer, 'property', 'before', older)
    newer = older
  }
  return heap
}

/** Lines of a log stay in an array. */
function lines(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/log.js')
  const list = heap.variable(module, 'lines', 'Array', { size: 32 })
  for (let i = 0; i < n; i++) {
    heap.refer(list, 'element', i, heap.add('string', `line ${i}`, { size: 4096 }))
  }
  return heap
}

/** Functions that were to be called once wait in an array. */
function callbacks(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/queue.js')
  const list = heap.variable(module, 'waiting', 'Array', { size: 32 })
  for (let i = 0; i < n; i++) {
    const within = heap.object('system / Context', { size: 2048 })
    heap.refer(within, 'internal', 'previous', module.scope)
    heap.refer(list, 'element', i, heap.closure(module, '', [9, 18], { within }))
  }
  return heap
}

/** One big object a snapshot. */
function frames(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/video.js')
  const list = heap.variable(module, 'frames', 'Array', { size: 32 })
  for (let i = 0; i < n; i++) {
    heap.refer(list, 'element', i, heap.object('Frame', { size: 999_600 }))
  }
  return heap
}

/** Objects that hang on ever new names: nobody holds them all. */
function scattered(n) {
  const heap = new DrawnHeap()
  const module = heap.module('/srv/shop/src/visits.js')
  const letter = (i) => String.fromCharCode(97 + (i % 26))
  for (let i = 0; i < n; i++) {
    const name = [i / 676, i / 26, i].map(Math.floor).map(letter).join('')
    heap.variable(module, `v${name}`, 'Visit', { size: 20_000 })
  }
  return heap
}

const PROGRAMS = {
  ...{ callbacks, frames, lines, listeners, promises, revisions, scattered, sessions, timers }
}

/**
 * The snapshot files of a drawn program.
 *
 * @param {string} folder
 * @param {keyof PROGRAMS} program
 * @param {number[]} counts how much it has piled up at each
 * @returns {string[]}
 */
function drawSeries(folder, program, counts) {
  return counts.map((count, i) => {
    const file = path.join(folder, `${program}-${i + 1}.heapsnapshot`)
    fs.writeFileSync(file, PROGRAMS[program](count).json())
    fs.utimesSync(file, BEGIN_S + 60 * i, BEGIN_S + 60 * i)
    return file
  })
}

module.exports = { PROGRAMS, drawSeries }

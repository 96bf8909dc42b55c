'use strict'

/** Lets V8 write a snapshot. */

const { writeSync } = require('node:fs')
const v8 = require('node:v8')

// Read now, in case the program replaces them later.
const { getHeapSnapshot, writeHeapSnapshot } = v8

/**
 * Whether to cache line ends. V8 before 12 searches a script's source for line ends once
 * per closure while it builds a snapshot, which takes minutes with a large script.
 * Enabling the debugger caches them. This is only done in a forked child, where its side
 * effects do not matter.
 */
const NEEDS_LINE_ENDS = Number.parseInt(process.versions.v8, 10) < 12

/**
 * Returns the function that a capture calls, with everything it needs already loaded. A
 * forked child must not load or compile anything, because other threads of the parent
 * may have held the locks for that.
 *
 * @param {'auto' | 'fork' | 'inline'} capture
 * @returns {(path: string, forked: boolean) => void}
 */
function prepareWriter(capture) {
  const Session = NEEDS_LINE_ENDS && capture !== 'inline' ? inspectorSession() : null
  const { permission } = process
  return (path, forked) => {
    if (forked && Session !== null) cacheLineEnds(Session)
    if (permission === undefined || permission.has('fs.write', path)) writeHeapSnapshot(path)
    else writeToDescriptor(Number(path.slice(path.lastIndexOf('/') + 1)))
  }
}

/**
 * Writes to the pipe's descriptor, because with `--permission` V8 must not open its path. Each
 * chunk is written as it comes: with a normal stream reader, the whole snapshot would first
 * be in memory.
 */
function writeToDescriptor(fd) {
  const stream = getHeapSnapshot()
  stream.push = (chunk) => {
    for (let at = 0; at < (chunk?.length ?? 0); ) at += writeSync(fd, chunk, at)
    return true
  }
  stream.read(0)
}

/** Returns the Session class, or null if Node was built without an inspector. */
function inspectorSession() {
  try {
    return require('node:inspector').Session
  } catch {
    return null
  }
}

function cacheLineEnds(Session) {
  try {
    const session = new Session()
    session.connect()
    session.post('Debugger.enable')
    session.post('Debugger.disable')
    session.disconnect()
  } catch {
    // Captures work without it, only more slowly.
  }
}

/**
 * Returns V8's own stream of a snapshot. The snapshot is built during this call, which pauses
 * the event loop.
 *
 * @returns {{ stream: import('node:stream').Readable, tookMs: number }}
 */
function openStream() {
  const before = performance.now()
  const stream = getHeapSnapshot()
  return { stream, tookMs: performance.now() - before }
}

module.exports = { openStream, prepareWriter }

'use strict'

/** How V8 is made to write a snapshot. */

const { writeSync } = require('node:fs')
const v8 = require('node:v8')

// Taken now: what the program puts in their place later is not what we mean.
const { getHeapSnapshot, writeHeapSnapshot } = v8

/**
 * V8 before 12 looks for the line ends of a script's source once per closure
 * while it builds a snapshot: minutes with a large script. Enabling the
 * debugger caches them. Only in a forked child: there its side effects touch
 * nobody.
 */
const NEEDS_LINE_ENDS = Number.parseInt(process.versions.v8, 10) < 12

/**
 * The function that a capture calls, with all that it needs loaded: in a forked
 * child, nothing may be loaded or compiled that the parent's other threads
 * could have been busy with.
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
 * Under `--permission`, V8 may not be given the path of the pipe, while what is
 * open already may be written to. Each chunk goes there as it comes: read as a
 * stream is meant to be, the whole snapshot would first be in memory.
 */
function writeToDescriptor(fd) {
  const stream = getHeapSnapshot()
  stream.push = (chunk) => {
    for (let at = 0; at < (chunk?.length ?? 0); ) at += writeSync(fd, chunk, at)
    return true
  }
  stream.read(0)
}

/** null where Node was built without an inspector. */
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
    // Slower, then.
  }
}

/**
 * V8's own stream of a snapshot. The snapshot is built here, while the event
 * loop waits.
 *
 * @returns {{ stream: import('node:stream').Readable, tookMs: number }}
 */
function openStream() {
  const before = performance.now()
  const stream = getHeapSnapshot()
  return { stream, tookMs: performance.now() - before }
}

module.exports = { openStream, prepareWriter }

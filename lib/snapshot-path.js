'use strict'

const path = require('node:path')
const { threadId } = require('node:worker_threads')
const { withCode } = require('./errors')

let sequence = 0

const two = (number) => String(number).padStart(2, '0')

/** Returns the default path of a snapshot, named like those of v8.writeHeapSnapshot(). */
function snapshotPath(folder, now = new Date()) {
  sequence += 1
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
  const number = String(sequence).padStart(3, '0')
  return path.join(folder, `Heap.${day}.${time}.${process.pid}.${threadId}.${number}.heapsnapshot`)
}

/** Refuses a path that Node's permission model, which does not restrict native code, does not allow to write. */
function checkMayWrite(path) {
  if (process.permission?.has('fs.write', path) !== false) return
  const message = `the snapshot file cannot be written: Node lacks --allow-fs-write=${path}`
  throw withCode(new Error(message), 'ERR_FILE_OS')
}

module.exports = { checkMayWrite, snapshotPath }

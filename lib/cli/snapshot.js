'use strict'

/** `seep snapshot PID FILE`: writes a heap snapshot of a running process to a file. */

const path = require('node:path')
const { bytes, visible } = require('../describe')
const { withCode } = require('../errors')
const { parseCommand } = require('./arguments')
const { showProgress } = require('./progress')
const { PID } = require('./running')
const { findProcess } = require('../socket/client')

const OPTIONS = {}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Takes a snapshot into a file, and shows how far that is. Returns its bytes. A signal leaves no part of a file. */
async function takeSnapshot(running, file) {
  const ended = new AbortController()
  const onSignal = (name) => ended.abort(name)
  for (const name of SIGNALS) process.once(name, onSignal)
  try {
    return await receive(running, file, ended.signal)
  } catch (error) {
    if (!ended.signal.aborted) throw error
    // Nobody listens to it any more, so that it ends the command.
    for (const name of SIGNALS) process.off(name, onSignal)
    process.kill(process.pid, ended.signal.reason)
    return new Promise(() => {})
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal)
  }
}

async function receive(running, file, signal) {
  let done = 0
  const endProgress = showProgress(
    () => -1,
    () => (done === 0 ? `process ${running.name} takes a snapshot` : `${bytes(done)} received`)
  )
  const onProgress = (doneBytes) => {
    done = doneBytes
  }
  return running.snapshot(file, { onProgress, signal }).finally(endProgress)
}

async function main(args) {
  const { positionals } = parseCommand('snapshot', args, OPTIONS)
  if (positionals.length !== 2) {
    throw withCode(new Error(`expected ${PID}, and the file to write`), 'ERR_USAGE')
  }
  const [name, file] = positionals
  const running = await findProcess(name)
  const size = await takeSnapshot(running, path.resolve(file))
  process.stdout.write(
    `${visible(file)}: ${bytes(size)}\nTo look through it: seep open ${visible(file)}\n`
  )
}

module.exports = { OPTIONS, main, takeSnapshot }

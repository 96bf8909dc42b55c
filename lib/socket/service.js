'use strict'

/**
 * The socket of this thread, while a detector with the option `socket` is started.
 *
 * There is one per thread, because each Worker has a heap of its own; several detectors of a
 * thread share it, and the one that was started first answers. If the socket cannot be created,
 * the detectors work without it.
 */

const { prepareFolder, socketsIn } = require('./folder')
const { exists, removeStale } = require('./connect')
const { SocketServer } = require('./server')

/** Detectors that are started, oldest first. @type {Set<import('./server').Served>} */
const served = new Set()
let server = null
let problem = null

const removeAtExit = () => server?.remove()

/**
 * Shows a detector on the socket.
 *
 * @param {import('./server').Served} detector
 * @param {(problem: string) => void} onProblem called if there is no socket
 * @returns {{ state: () => { path: string | null, problem: string | null }, leave: () => Promise<void> }} `leave` ends that
 */
function serve(detector, onProblem) {
  served.add(detector)
  if (served.size === 1) open(onProblem)
  else if (problem !== null) onProblem(problem)
  return {
    state: () => ({ path: server?.path ?? null, problem }),
    leave: () => leave(detector)
  }
}

function open(onProblem) {
  problem = null
  const fail = (error) => {
    problem = `there is no socket: ${error.message}`
    void close()
    onProblem(problem)
  }
  try {
    if (process.geteuid === undefined) throw new Error('this system has no private folder for it')
    const folder = prepareFolder()
    server = new SocketServer(folder, () => served.values().next().value, fail)
    process.on('exit', removeAtExit)
    for (const address of socketsIn(folder, process.geteuid())) {
      // Whoever lists removes the others: a hundred that start must not connect to each other.
      if (!exists(address.pid)) void removeStale(address, { ref: false })
    }
  } catch (error) {
    fail(error)
  }
}

async function leave(detector) {
  served.delete(detector)
  if (served.size === 0) await close()
}

async function close() {
  const closing = server
  server = null
  process.off('exit', removeAtExit)
  await closing?.close()
}

module.exports = { serve }

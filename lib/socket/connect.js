'use strict'

/**
 * Connects to a socket, and makes sure whose it is: the kernel knows which process and which user
 * began to listen. Where it does not say (not on Linux), only the mode of the folder protects.
 */

const fs = require('node:fs')
const net = require('node:net')
const { setTimeout } = require('node:timers/promises')
const { withCode } = require('../errors')

/** Nobody listens: the process has ended, or has just removed it. */
const GONE = new Set(['ECONNREFUSED', 'ENOENT'])
/** Longer than it takes a process to begin to listen. */
const LATER_MS = 100

/**
 * @typedef {object} Address
 * @property {string} path of the socket
 * @property {number} pid in its name
 * @property {number} owner user that the folder belongs to
 */

/**
 * Returns the process and the user at the other end of a socket; null if the system does not say.
 * The process is 0 if it is in another pid namespace.
 *
 * @param {import('node:net').Socket} socket
 * @returns {{ pid: number, uid: number } | null}
 */
function peerOf(socket) {
  const { peerOf: ask } = require('../../binding')
  if (ask === undefined) return null
  const [pid, uid] = ask(socket._handle?.fd ?? -1) ?? [0, -1]
  return { pid, uid }
}

/**
 * Returns whether a process is the one that calls itself `pid`: in a container it has another
 * number there than here.
 */
function isProcess(here, pid) {
  // It cannot be seen from this namespace; the user is known.
  if (here === pid || here === 0) return true
  try {
    const [, numbers] = /^NSpid:\s*(.*)$/m.exec(fs.readFileSync(`/proc/${here}/status`, 'utf8'))
    return numbers.trim().split(/\s+/).at(-1) === String(pid)
  } catch {
    return false
  }
}

/** Returns why the process at the other end is not the one that the name of the socket promises, or null. */
function faultOfPeer(peer, { pid, owner }) {
  if (peer === null) return null
  if (peer.uid !== owner) return 'is served by another user'
  if (!isProcess(peer.pid, pid)) return `is served by process ${peer.pid}, not by ${pid}`
  return null
}

/**
 * @param {Address} address
 * @param {{ timeoutMs: number, signal?: AbortSignal }} options
 * @returns {Promise<{ socket: import('node:net').Socket, pid: number }>} `pid` is the process's number here; rejects
 *   with the code `ERR_PROCESS_GONE` if nobody listens
 */
function connect(address, { timeoutMs, signal }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: address.path, signal })
    const fail = (error) => {
      socket.destroy()
      reject(error)
    }
    const onTimeout = () => fail(notAccepted(address))
    const onError = (error) => fail(signal?.aborted ? signal.reason : unconnected(address, error))
    socket.setTimeout(timeoutMs)
    socket.once('timeout', onTimeout)
    socket.once('error', onError)
    socket.once('connect', () => {
      const peer = peerOf(socket)
      const fault = faultOfPeer(peer, address)
      if (fault !== null) return fail(processError(`${address.path} ${fault}`))
      socket.off('timeout', onTimeout)
      socket.off('error', onError)
      socket.setTimeout(0)
      resolve({ socket, pid: peer?.pid || address.pid })
    })
  })
}

function unconnected({ pid }, { code, message }) {
  if (GONE.has(code)) return withCode(new Error(`process ${pid} has ended`), 'ERR_PROCESS_GONE')
  // Too many wait for it to accept them.
  if (code === 'EAGAIN') return notAccepted({ pid })
  return processError(`process ${pid} cannot be asked: ${message}`)
}

function notAccepted({ pid }) {
  return Object.assign(processError(`process ${pid} does not answer`), { pid })
}

/**
 * Removes a socket to which nobody listens. Asks twice, because a process that has just created it
 * begins to listen a moment later.
 *
 * @param {Address} address
 * @param {{ ref?: boolean }} [options] whether this keeps the process alive
 */
async function removeStale({ path }, { ref = true } = {}) {
  if (!(await isRefused(path, ref))) return
  await setTimeout(LATER_MS, undefined, { ref })
  if (!(await isRefused(path, ref))) return
  try {
    fs.unlinkSync(path)
  } catch {
    // Somebody else was faster, or it belongs to another user.
  }
}

function isRefused(path, ref) {
  return new Promise((resolve) => {
    const socket = net.connect(path)
    if (!ref) socket.unref()
    socket.once('error', ({ code }) => resolve(code === 'ECONNREFUSED'))
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
  })
}

function exists(pid) {
  // That would be the whole group of this process.
  if (pid === 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code !== 'ESRCH'
  }
}

function processError(message) {
  return withCode(new Error(message), 'ERR_PROCESS')
}

/** Returns an error with words of another program, which may have been chosen to mislead. */
function saidBy(message) {
  return Object.assign(processError(message), { isSaid: true })
}

module.exports = { connect, exists, faultOfPeer, peerOf, processError, removeStale, saidBy }

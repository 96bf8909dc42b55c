'use strict'

/**
 * Asks the processes of this user that have a socket (./server.js). For seep's own commands.
 *
 * What they answer comes from other programs: it is of limited size, and every text in it may
 * contain anything.
 */

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { randomUUID } = require('node:crypto')
const { Transform } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { visible } = require('../describe')
const { withCode } = require('../errors')
const { PROTOCOL } = require('./answers')
const { connect, exists, processError, removeStale } = require('./connect')
const { faultOfFolder, knownFolders, socketsIn } = require('./folder')

/** For an answer that takes the process no work. Its event loop may be busy for a while. */
const PATIENCE_MS = 5000
/** More than any answer other than a snapshot. */
const MOST_BYTES = 64 * 2 ** 20
/** A snapshot of which nothing comes for so long, once it has begun. */
const STALLED_MS = 60_000
const HOW = 'Start it with SEEP_SOCKET=1, or with the option socket: true'

/** A process that answered. */
class RunningProcess {
  #address
  #timeoutMs
  /** Who it says it is (`helloOf` in ./answers.js). */
  hello
  /** Its number in this pid namespace. */
  pid
  /** Its thread: 0 is the main thread. */
  thread

  constructor(address, timeoutMs, hello, pid) {
    this.#address = address
    this.#timeoutMs = timeoutMs
    this.hello = hello
    this.pid = pid
    this.thread = hello.thread
  }

  /** The name by which commands know it: `123`, or `123:4` for a Worker. */
  get name() {
    return this.thread === 0 ? String(this.pid) : `${this.pid}:${this.thread}`
  }

  /** Returns its figures now. */
  status({ signal } = {}) {
    return this.#ask('GET', '/status', { signal })
  }

  /** Returns everything that its status page shows: a `PageReport`. */
  report({ signal } = {}) {
    return this.#ask('GET', '/report', { signal })
  }

  /** Runs a round now, and returns its `CheckReport`. Takes as long as the round does. */
  check({ signal } = {}) {
    return this.#ask('POST', '/check', { signal, timeoutMs: 0 })
  }

  /**
   * Takes a snapshot and writes it to a file, which only its owner can read and which has its name
   * once it is complete.
   *
   * @param {string} target replaced if it is a file
   * @param {{ onProgress?: (doneBytes: number) => void, signal?: AbortSignal }} [options]
   * @returns {Promise<number>} its bytes
   */
  async snapshot(target, { onProgress = () => {}, signal } = {}) {
    checkTarget(target)
    const temporary = path.join(path.dirname(target), `.seep-${randomUUID()}.tmp`)
    try {
      // First, because a snapshot costs the process something.
      const file = await fs.promises.open(temporary, 'wx', 0o600)
      const bytes = await this.#receive(file.createWriteStream(), onProgress, signal)
      fs.renameSync(temporary, target)
      return bytes
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      if (signal?.aborted) throw signal.reason
      if (['open', 'write', 'rename'].includes(error.syscall)) {
        const reason = `${visible(target)} cannot be written: ${error.message}`
        throw withCode(new Error(reason), 'ERR_FILE_OS')
      }
      throw error
    }
  }

  async #receive(file, onProgress, signal) {
    let bytes = 0
    const counter = new Transform({
      transform(chunk, _, done) {
        bytes += chunk.length
        onProgress(bytes)
        done(null, chunk)
      }
    })
    try {
      const response = await this.#request('POST', '/snapshot', { signal, timeoutMs: 0 })
      if (response.statusCode !== 200) throw await this.#problemOf(response)
      response.setTimeout(STALLED_MS, () => response.destroy(processError('nothing more arrives')))
      await pipeline(response, counter, file, { signal })
      return bytes
    } catch (error) {
      file.destroy()
      if (error.code !== 'ECONNRESET') throw error
      const why = `the snapshot of process ${this.name} broke off after ${bytes} bytes`
      throw processError(`${why}: the process, or the child that wrote it, has ended`)
    }
  }

  async #ask(method, name, { signal, timeoutMs = this.#timeoutMs }) {
    const response = await this.#request(method, name, { signal, timeoutMs })
    if (response.statusCode !== 200) throw await this.#problemOf(response)
    return answerOf(response)
  }

  #request(method, name, options) {
    return request(this.#address, method, name, { connectMs: this.#timeoutMs, ...options })
  }

  /** Returns the error for an answer that is a refusal. */
  async #problemOf(response) {
    const { code, message } = await answerOf(response)
    const error = processError(
      `process ${this.name}: ${visible(String(message))} (${visible(String(code))})`
    )
    return Object.assign(error, { reason: code })
  }
}

/** Sends a request through a connection of its own. */
async function request(address, method, name, { connectMs, timeoutMs, signal }) {
  const { socket } = await connect(address, { timeoutMs: connectMs, signal })
  return ask(socket, address, method, name, { timeoutMs, signal })
}

function ask(socket, address, method, name, { timeoutMs, signal }) {
  return new Promise((resolve, reject) => {
    const agent = new http.Agent()
    agent.createConnection = () => socket
    const sent = http.request({
      method,
      path: name,
      agent,
      headers: { Connection: 'close' },
      signal
    })
    if (timeoutMs > 0) {
      socket.setTimeout(timeoutMs, () => sent.destroy(silent(address)))
    }
    sent.once('response', resolve)
    sent.once('error', (error) => {
      if (signal?.aborted) return reject(signal.reason)
      reject(
        error.code === 'ERR_PROCESS'
          ? error
          : processError(`process ${address.pid} hung up: ${error.message}`)
      )
    })
    sent.end()
  })
}

function silent({ pid }) {
  return processError(`process ${pid} does not answer: its event loop is blocked, or it is stopped`)
}

/** Reads an answer, which must be an object. */
async function answerOf(response) {
  const text = await textOf(response)
  try {
    const value = JSON.parse(text)
    if (value !== null && typeof value === 'object') return value
  } catch {
    // The same as for any other value.
  }
  throw processError('the answer is not that of a seep')
}

async function textOf(response) {
  const chunks = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MOST_BYTES) throw processError('the answer is too long')
    }
  } catch (error) {
    throw error.code === 'ECONNRESET' ? processError('the answer broke off') : error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Refuses what must not be replaced, before a snapshot is taken for it. */
function checkTarget(target) {
  const stats = fs.lstatSync(target, { throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return
  throw withCode(new Error(`${visible(target)} exists and is not a file`), 'ERR_FILE_OS')
}

/** Connects, and asks who it is. */
async function meet(address, timeoutMs) {
  const { socket, pid } = await connect(address, { timeoutMs })
  const hello = await answerOf(await ask(socket, address, 'GET', '/hello', { timeoutMs }))
  if (hello.protocol !== PROTOCOL) {
    const seep = visible(String(hello.seep))
    throw processError(
      `process ${pid} has another version of seep (${seep}): use the seep command of that version`
    )
  }
  if (hello.pid !== address.pid || !Number.isInteger(hello.thread)) {
    throw processError(`${address.path} is not of process ${visible(String(hello.pid))}`)
  }
  return new RunningProcess(address, timeoutMs, hello, pid)
}

/**
 * Returns the processes that have a socket, sorted by their numbers. Removes the sockets of
 * processes that have ended.
 *
 * @param {{ timeoutMs?: number }} [options] for each answer
 * @returns {Promise<{ processes: RunningProcess[], problems: string[] }>} `problems` says what could not be looked at or
 *   does not answer
 */
async function listProcesses({ timeoutMs = PATIENCE_MS } = {}) {
  const problems = []
  const addresses = []
  if (process.geteuid === undefined)
    return { processes: [], problems: ['there are no sockets on this system'] }
  for (const { folder, owner } of knownFolders()) {
    const fault = faultOfFolder(folder, owner)
    if (fault === null) addresses.push(...socketsIn(folder, owner).map((it) => ({ ...it, owner })))
    else problems.push(`${folder} ${fault}`)
  }
  const met = await Promise.all(
    addresses.map(async (address) => {
      try {
        return await meet(address, timeoutMs)
      } catch (error) {
        if (error.code !== 'ERR_PROCESS_GONE') problems.push(error.message)
        else if (address.owner === process.geteuid()) await removeStale(address)
        return null
      }
    })
  )
  const processes = met.filter((it) => it !== null)
  return { processes: processes.sort((a, b) => a.pid - b.pid || a.thread - b.thread), problems }
}

/**
 * Returns the process that a person names.
 *
 * @param {string} name `123`, or `123:4` for the Worker 4 of it
 * @param {{ timeoutMs?: number }} [options]
 * @returns {Promise<RunningProcess>}
 */
async function findProcess(name, options) {
  const [, pid, thread] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(name) ?? []
  if (pid === undefined) {
    throw withCode(
      new Error(`expected the number of a process, as in seep ps, not "${visible(name)}"`),
      'ERR_USAGE'
    )
  }
  const { processes, problems } = await listProcesses(options)
  const found = processes.filter((it) => it.pid === Number(pid))
  const wanted =
    thread === undefined
      ? (found.find((it) => it.thread === 0) ?? found[0])
      : found.find((it) => it.thread === Number(thread))
  if (wanted !== undefined) return wanted
  throw processError(whyNotFound(Number(pid), found, problems))
}

function whyNotFound(pid, found, problems) {
  if (found.length > 0)
    return `process ${pid} has no such thread, but ${found.map((it) => it.name).join(', ')}`
  const also = problems.length === 0 ? '' : `. Not looked at: ${problems.join('; ')}`
  if (!exists(pid))
    return `there is no process ${pid}; seep ps lists those that have a socket${also}`
  return `process ${pid} has no socket. ${HOW}${also}`
}

module.exports = { HOW, RunningProcess, findProcess, listProcesses }

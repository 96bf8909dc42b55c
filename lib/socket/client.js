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
const { setTimeout } = require('node:timers/promises')
const { visible } = require('../describe')
const { withCode } = require('../errors')
const { PROTOCOL } = require('./answers')
const { connect, exists, processError, removeStale, saidBy } = require('./connect')
const { faultOfFolder, knownFolders, socketsIn } = require('./folder')
const { isCheck, isReport, isStatus } = require('./shapes')

/** For an answer that takes the process no work. Its event loop may be busy for a while. */
const PATIENCE_MS = 5000
/** More than any answer other than a snapshot. */
const MOST_BYTES = 64 * 2 ** 20
/**
 * A snapshot of which nothing comes for so long, or a process that says nothing while a capture is
 * waited for: in-process, that blocks its event loop.
 */
const STALLED_MS = 60_000
/** Time between two looks at a process whose capture is waited for. */
const LOOK_MS = 5000
/** A process as `seep ps` names it, with the thread of a Worker. */
const PROCESS_NAME = /^(\d{1,10})(?::(\d{1,10}))?$/
/** How a process is started so that it has a socket. */
const HOW = 'with SEEP_SOCKET=1, or with the option socket: true'

/** A process that answered. */
class RunningProcess {
  #address
  #timeoutMs
  #stalledMs
  /** Who it says it is (`helloOf` in ./answers.js). */
  hello
  /** Its number in this pid namespace. */
  pid
  /** Its thread: 0 is the main thread. */
  thread

  constructor(address, { timeoutMs, stalledMs }, hello, pid) {
    this.#address = address
    this.#timeoutMs = timeoutMs
    this.#stalledMs = stalledMs
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
    return this.#ask('GET', '/status', isStatus, { signal })
  }

  /** Returns everything that its status page shows: a `PageReport`. */
  report({ signal } = {}) {
    return this.#ask('GET', '/report', isReport, { signal })
  }

  /** Runs a round now, and returns its `CheckReport`. Takes as long as the round does. */
  check({ signal } = {}) {
    return this.#whileItLives(signal, (lives) =>
      this.#ask('POST', '/check', isCheck, { signal: lives, timeoutMs: 0 })
    )
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
      const response = await this.#whileItLives(signal, (lives) =>
        this.#request('POST', '/snapshot', { signal: lives, timeoutMs: 0 })
      )
      if (response.statusCode !== 200) throw await this.#problemOf(response)
      response.setTimeout(this.#stalledMs, () => {
        response.destroy(
          processError(`nothing more of the snapshot of process ${this.name} arrives`)
        )
      })
      await pipeline(response, counter, file, { signal })
      return bytes
    } catch (error) {
      file.destroy()
      if (error.code !== 'ECONNRESET') throw error
      const why = `the snapshot of process ${this.name} broke off after ${bytes} bytes`
      throw processError(`${why}: the process, or the child that wrote it, has ended`)
    }
  }

  /** Returns an answer of the shape that `is` knows. */
  async #ask(method, name, is, { signal, timeoutMs = this.#timeoutMs }) {
    const response = await this.#request(method, name, { signal, timeoutMs })
    if (response.statusCode !== 200) throw await this.#problemOf(response)
    const answer = await answerOf(response)
    if (is(answer)) return answer
    throw processError(`process ${this.name} answers ${name} with something else than a seep`)
  }

  #request(method, name, options) {
    return request(this.#address, method, name, { connectMs: this.#timeoutMs, ...options })
  }

  /**
   * Calls `ask`, which waits for as long as a capture takes, with a signal that also ends the wait
   * if the process says nothing meanwhile: it may have been stopped.
   */
  async #whileItLives(signal, ask) {
    const [ended, silence] = [new AbortController(), new AbortController()]
    const cancel = () => silence.abort(signal.reason)
    if (signal?.aborted) cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    void this.#untilSilent(ended.signal).then((error) => error && silence.abort(error))
    try {
      return await ask(silence.signal)
    } finally {
      ended.abort()
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Resolves to an error when the process does not answer, or to null when the signal is aborted. */
  async #untilSilent(signal) {
    const timeoutMs = this.#stalledMs
    const everyMs = Math.min(LOOK_MS, timeoutMs)
    while (!signal.aborted) {
      try {
        await setTimeout(everyMs, undefined, { ref: false, signal })
        const response = await this.#request('GET', '/hello', { signal, timeoutMs })
        response.destroy()
      } catch (error) {
        // Any other error is an answer, such as that of a process with many connections.
        if (error.isSilence) return error
      }
    }
    return null
  }

  /** Returns the error for an answer that is a refusal. */
  async #problemOf(response) {
    const { code, message } = await answerOf(response)
    const said = `${visible(String(message))} (${visible(String(code))})`
    return Object.assign(saidBy(`process ${this.name}: ${said}`), { reason: code })
  }
}

/** Sends a request through a connection of its own. */
async function request(address, method, name, { connectMs, timeoutMs, signal }) {
  const { socket, pid } = await connect(address, { timeoutMs: connectMs, signal })
  return ask(socket, pid, method, name, { timeoutMs, signal })
}

function ask(socket, pid, method, name, { timeoutMs, signal }) {
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
      socket.setTimeout(timeoutMs, () => sent.destroy(silent(pid)))
    }
    sent.once('response', resolve)
    sent.once('error', (error) => {
      if (signal?.aborted) return reject(signal.reason)
      reject(
        error.code === 'ERR_PROCESS'
          ? error
          : processError(`process ${pid} hung up: ${error.message}`)
      )
    })
    sent.end()
  })
}

function silent(pid) {
  const why = 'its event loop is blocked, or it is stopped'
  const error = processError(`process ${pid} does not answer: ${why}`)
  return Object.assign(error, { isSilence: true })
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

/** Connects, and asks who it is. Errors of a process that is the one it should be have its `pid`. */
async function meet(address, times) {
  const { timeoutMs } = times
  const { socket, pid } = await connect(address, { timeoutMs })
  try {
    const hello = await answerOf(await ask(socket, pid, 'GET', '/hello', { timeoutMs }))
    checkHello(hello, address, pid)
    return new RunningProcess(address, times, hello, pid)
  } catch (error) {
    throw Object.assign(error, { pid })
  }
}

function checkHello(hello, address, pid) {
  if (hello.protocol !== PROTOCOL) {
    const seep = visible(String(hello.seep))
    throw saidBy(
      `process ${pid} has another version of seep (${seep}): use the seep command of that version`
    )
  }
  if (hello.pid !== address.pid || !Number.isInteger(hello.thread)) {
    throw saidBy(`${address.path} is not of process ${visible(String(hello.pid))}`)
  }
}

/** Returns the sockets that this user may use, and why there may be others. */
function knownAddresses() {
  if (process.geteuid === undefined)
    return { addresses: [], problems: ['there are no sockets on this system'] }
  const problems = []
  const addresses = []
  for (const { folder, owner } of knownFolders()) {
    const fault = faultOfFolder(folder, owner)
    if (fault === null) addresses.push(...socketsIn(folder, owner).map((it) => ({ ...it, owner })))
    else problems.push(`${folder} ${fault}`)
  }
  return { addresses, problems }
}

/** Asks who is there, and removes sockets of processes that have ended. */
async function meetAll(addresses, times) {
  const errors = []
  const met = await Promise.all(
    addresses.map(async (address) => {
      try {
        return await meet(address, times)
      } catch (error) {
        if (error.code !== 'ERR_PROCESS_GONE') errors.push(error)
        else if (address.owner === process.geteuid()) await removeStale(address)
        return null
      }
    })
  )
  return { processes: met.filter((it) => it !== null), errors }
}

/**
 * Returns the processes that have a socket, sorted by their numbers. Removes the sockets of
 * processes that have ended.
 *
 * @param {{ timeoutMs?: number }} [options] for each answer
 * @returns {Promise<{ processes: RunningProcess[], problems: string[], silent: Set<number> }>} `problems` says what could
 *   not be looked at or does not answer, `silent` are the numbers of those that have a socket and do not answer
 */
async function listProcesses({ timeoutMs = PATIENCE_MS } = {}) {
  const { addresses, problems } = knownAddresses()
  const { processes, errors } = await meetAll(addresses, { timeoutMs, stalledMs: STALLED_MS })
  problems.push(...errors.map(({ message }) => message))
  return {
    processes: processes.sort((a, b) => a.pid - b.pid || a.thread - b.thread),
    problems,
    silent: new Set(errors.map(({ pid }) => pid).filter((pid) => pid !== undefined))
  }
}

/**
 * Returns the process that a person names.
 *
 * @param {string} name `123`, or `123:4` for the Worker 4 of it
 * @param {{ timeoutMs?: number, stalledMs?: number }} [options] for each answer, and for a sign of
 *   life during a capture
 * @returns {Promise<RunningProcess>}
 */
async function findProcess(name, { timeoutMs = PATIENCE_MS, stalledMs = STALLED_MS } = {}) {
  const [, digits, thread] = PROCESS_NAME.exec(name) ?? []
  if (digits === undefined) {
    throw withCode(
      new Error(`expected the number of a process, as in seep ps, not "${visible(name)}"`),
      'ERR_USAGE'
    )
  }
  const pid = Number(digits)
  const { addresses, problems } = knownAddresses()
  const found = []
  const errors = []
  // First those with this number in their name, because others may not answer. In a container it is another.
  for (const isNear of [true, false]) {
    const some = addresses.filter((it) => (it.pid === pid) === isNear)
    const met = await meetAll(some, { timeoutMs, stalledMs })
    found.push(...met.processes.filter((it) => it.pid === pid))
    errors.push(...met.errors)
    const wanted = ofThread(found, thread)
    if (wanted !== undefined) return wanted
    const own = errors.find((error) => error.pid === pid)
    if (own !== undefined) throw own
    // Its threads are all there.
    if (found.length > 0) break
  }
  problems.push(...errors.map(({ message }) => message))
  const isSaid = errors.some((error) => error.isSaid)
  throw Object.assign(processError(whyNotFound(pid, found, problems)), { isSaid })
}

/** Returns that of a thread; without a number that of the main thread, or else the first one. */
function ofThread(processes, thread) {
  if (thread !== undefined) return processes.find((it) => it.thread === Number(thread))
  const sorted = processes.sort((a, b) => a.thread - b.thread)
  return sorted.find((it) => it.thread === 0) ?? sorted[0]
}

function whyNotFound(pid, found, problems) {
  if (found.length > 0)
    return `process ${pid} has no such thread, but ${found.map((it) => it.name).join(', ')}`
  const also = problems.length === 0 ? '' : `. Not looked at: ${problems.join('; ')}`
  if (!exists(pid))
    return `there is no process ${pid}; seep ps lists those that have a socket${also}`
  return `process ${pid} has no socket. Start it ${HOW}${also}`
}

module.exports = { HOW, PROCESS_NAME, RunningProcess, findProcess, listProcesses }

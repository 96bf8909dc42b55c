'use strict'

/** The heaps that are open. Each takes more memory than its file, so few are, and those that were not used give way. */

const fs = require('node:fs/promises')
const { withCode } = require('../errors')

/** Resolves as `promise` does, or rejects with the reason of a signal as soon as that aborts. */
async function unless(signal, promise) {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  let onAbort
  const aborted = new Promise((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

class Heaps {
  #most
  #open
  #entries = new Map()
  /** Places that are taken, by heaps and by work that needs as much memory as one. */
  #taken = 0
  /** Work that waits for a place, in its turn. */
  #waiting = []
  /** Heaps that are being closed, whose places will be free. */
  #closing = 0
  #uses = 0
  #closed = false

  /**
   * @param {(file: string, options: object) => Promise<import('../../index').Heap>} open
   * @param {number} most heaps at once
   */
  constructor(open, most) {
    this.#open = open
    this.#most = most
  }

  /** Paths of the files that are open. */
  get files() {
    return [...this.#entries.values()].map(({ file }) => file)
  }

  /**
   * Calls `work` with the heap of a file, which this opens if necessary. The heap stays open at least until `work` is done.
   *
   * @param {string} file a path without symbolic links
   */
  async use(file, { signal, onProgress }, work) {
    const { size, mtimeMs, ino } = await fs.stat(file)
    signal?.throwIfAborted()
    const key = [file, size, mtimeMs, ino].join('\n')
    const entry = this.#entries.get(key) ?? this.#add(key, file)
    entry.users++
    if (onProgress !== undefined) entry.listeners.add(onProgress)
    try {
      return await work(await unless(signal, entry.heap))
    } finally {
      entry.listeners.delete(onProgress)
      entry.users--
      entry.lastUse = ++this.#uses
      // Nobody waits for it any more.
      if (entry.users === 0 && !entry.isOpen) this.#remove(entry)
      this.#next()
    }
  }

  /** Does work that opens a file by itself, when it may. */
  async beside(signal, work) {
    await this.#place(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async close() {
    this.#closed = true
    await Promise.all([...this.#entries.values()].map((entry) => this.#remove(entry)))
  }

  #add(key, file) {
    const abort = new AbortController()
    const entry = { key, file, abort, users: 0, lastUse: 0, isOpen: false, listeners: new Set() }
    entry.heap = this.#openInTurn(entry)
    // Each use handles it; there may be none left.
    entry.heap.catch(() => this.#remove(entry))
    this.#entries.set(key, entry)
    return entry
  }

  async #openInTurn(entry) {
    const { signal } = entry.abort
    await this.#place(signal)
    try {
      const onProgress = (progress) => {
        for (const listener of entry.listeners) listener(progress)
      }
      const heap = await this.#open(entry.file, { signal, onProgress })
      entry.isOpen = true
      return heap
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  /** Closes a heap, or stops opening it. */
  async #remove(entry) {
    if (this.#entries.get(entry.key) !== entry) return
    this.#entries.delete(entry.key)
    entry.abort.abort()
    if (!entry.isOpen) return
    this.#closing++
    await (await entry.heap).close()
    this.#closing--
    this.#leave()
  }

  /** Resolves when there is a place for one more heap; those that nobody uses give way, the one longest ago first. */
  #place(signal) {
    if (this.#closed) throw withCode(new Error('The server has ended'), 'ERR_HEAP_CLOSED')
    const turn = new Promise((resolve) => this.#waiting.push({ resolve, signal }))
    this.#next()
    return unless(signal, turn)
  }

  #leave() {
    this.#taken--
    this.#next()
  }

  #next() {
    while (this.#waiting[0]?.signal?.aborted) this.#waiting.shift()
    if (this.#waiting.length === 0) return
    if (this.#taken < this.#most) {
      this.#taken++
      this.#waiting.shift().resolve()
      return this.#next()
    }
    if (this.#closing >= this.#waiting.length) return
    const idle = [...this.#entries.values()]
      .filter(({ users, isOpen }) => users === 0 && isOpen)
      .sort((a, b) => a.lastUse - b.lastUse)
    if (idle.length > 0) this.#remove(idle[0])
  }
}

module.exports = { Heaps }

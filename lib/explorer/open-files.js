'use strict'

/** The files of one `seep open`: opened when first asked for, closed when others need the memory. */

const fs = require('node:fs')
const { withCode } = require('../errors')
const { compareFiles } = require('../files')
const { openHeap } = require('../open-heap')

/** Heaps that stay open, so that switching between two files is quick. Each takes more memory than its file. */
const MOST_OPEN = 2

class OpenFiles {
  #files
  #options
  #verdict = null

  /**
   * @param {string[]} paths absolute, oldest first
   * @param {{ contents: boolean }} options
   */
  constructor(paths, options) {
    this.#options = options
    this.#files = paths.map((path) => ({
      path,
      heap: null,
      lastUse: 0,
      times: 0,
      abort: null,
      progress: { state: 'closed', stage: null, doneBytes: null, totalBytes: null, error: null },
      listeners: new Set()
    }))
  }

  get paths() {
    return this.#files.map(({ path }) => path)
  }

  get contents() {
    return this.#options.contents
  }

  has(index) {
    return Number.isInteger(index) && index >= 0 && index < this.#files.length
  }

  /** Returns what is known about each file without opening it. */
  list() {
    return this.#files.map(({ path, progress }, index) => {
      const bytes = fs.statSync(path, { throwIfNoEntry: false })?.size ?? null
      return { index, path, bytes, state: progress.state }
    })
  }

  /** @returns {Promise<import('../../index').Heap>} the heap of a file, which this opens if necessary */
  heap(index) {
    const file = this.#files[index]
    file.lastUse = performance.now()
    file.heap ??= this.#open(file)
    return file.heap
  }

  /** Calls `listener` with the progress of opening a file, now and whenever it changes; returns how to end that. */
  follow(index, listener) {
    const { listeners, progress } = this.#files[index]
    listeners.add(listener)
    listener(progress)
    return () => listeners.delete(listener)
  }

  /** Returns the report of `seep compare` on all files; it is the same for each of them. */
  async verdict() {
    if (this.#files.length < 2) {
      throw withCode(new Error('A verdict needs two files or more.'), 'one-file')
    }
    this.#verdict ??= compareFiles(this.paths)
    try {
      return await this.#verdict
    } catch (error) {
      // It may work next time, for example once there is more memory.
      this.#verdict = null
      throw error
    }
  }

  async close() {
    await Promise.all(this.#files.map((file) => this.#close(file)))
  }

  async #open(file) {
    const times = ++file.times
    file.abort = new AbortController()
    const { signal } = file.abort
    const report = (change) => {
      // It has been closed since, and perhaps opened again.
      if (file.times !== times) return
      file.progress = { ...file.progress, ...change }
      for (const listener of file.listeners) listener(file.progress)
    }
    try {
      await this.#makeRoom(file)
      report({ state: 'opening', stage: 'reading', doneBytes: 0, totalBytes: null, error: null })
      const heap = await openHeap(file.path, { ...this.#options, onProgress: report, signal })
      report({ state: 'counted', doneBytes: null, totalBytes: null })
      // In the background: classes can be counted by now, and retained sizes follow.
      heap.ready({ onProgress: report, signal }).then(
        () => report({ state: 'ready', stage: null }),
        (error) => report({ state: 'failed', error: told(error) })
      )
      return heap
    } catch (error) {
      if (file.times !== times) throw closed()
      file.heap = null
      report({ state: 'failed', stage: null, error: told(error) })
      throw error
    }
  }

  async #makeRoom(next) {
    const open = this.#files.filter((file) => file !== next && file.heap !== null)
    open.sort((a, b) => a.lastUse - b.lastUse)
    await Promise.all(open.slice(0, open.length - MOST_OPEN + 1).map((file) => this.#close(file)))
  }

  async #close(file) {
    const { heap } = file
    if (heap === null) return
    file.heap = null
    file.times++
    file.abort?.abort()
    file.progress = { ...file.progress, state: 'closed', stage: null }
    await heap.then(
      (it) => it.close(),
      () => {}
    )
  }
}

function closed() {
  return withCode(new Error('The file was closed meanwhile.'), 'ERR_HEAP_CLOSED')
}

function told({ code, message }) {
  return { code: code ?? 'ERR_INTERNAL', message }
}

module.exports = { OpenFiles }

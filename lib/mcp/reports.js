'use strict'

/** Verdicts over snapshot files. Asking for the next page does not compare the files again. */

const fs = require('node:fs/promises')
const { compareWithProgress } = require('../files')
const { followFiles } = require('./progress')

/** Reports that are kept; each is a few kilobytes. */
const MOST_KEPT = 8

class Reports {
  #heaps
  #kept = new Map()

  /** @param {import('./heaps').Heaps} heaps */
  constructor(heaps) {
    this.#heaps = heaps
  }

  /** Returns the CheckReport of files, oldest first. */
  compare(files, how) {
    return this.of(files, how, (progress) => compareWithProgress(files, {}, progress), 'compare')
  }

  /**
   * Returns what `work` makes of these files, or made of them as they are now.
   *
   * @param {string[]} files
   * @param {{ signal?: AbortSignal, tell?: (percent: number, message: string) => void }} how
   * @param {(progress: object) => Promise<object>} work takes a NativeProgress
   * @param {unknown} kind of work
   */
  async of(files, { signal, tell }, work, kind) {
    const stats = await Promise.all(files.map((file) => fs.stat(file)))
    const state = stats.map(({ size, mtimeMs, ino }) => [size, mtimeMs, ino])
    const key = JSON.stringify([kind, files, state])
    const inTurn = () => this.#heaps.beside(signal, () => followFiles(tell, signal, work))
    const report = this.#kept.get(key) ?? (await inTurn())
    // The one used last comes last.
    this.#kept.delete(key)
    this.#kept.set(key, report)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value)
    return report
  }
}

module.exports = { Reports }

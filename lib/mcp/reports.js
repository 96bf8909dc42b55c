'use strict'

/** Verdicts over snapshot files. Asking for the next page does not compare the files again. */

const fs = require('node:fs/promises')
const { compareFiles } = require('../files')

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
  compare(files, signal) {
    return this.of(files, signal, () => compareFiles(files, { signal }))
  }

  /** Returns what `work` makes of these files, or made of them as they are now. */
  async of(files, signal, work, kind = 'compare') {
    const stats = await Promise.all(files.map((file) => fs.stat(file)))
    const state = stats.map(({ size, mtimeMs, ino }) => [size, mtimeMs, ino])
    const key = JSON.stringify([kind, files, state])
    const report = this.#kept.get(key) ?? (await this.#heaps.beside(signal, work))
    // The one used last comes last.
    this.#kept.delete(key)
    this.#kept.set(key, report)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value)
    return report
  }
}

module.exports = { Reports }

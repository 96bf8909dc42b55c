'use strict'

/** Writes confirmed leaks to files, a JSON file and a page for each. A newer report replaces the older one. */

const fs = require('node:fs/promises')
const path = require('node:path')
const { writeWhole } = require('./whole-file')

/** Names of unfinished files, of reports or of snapshots (src/detector/file.rs). */
const UNFINISHED = /^\.seep-[\w-]+\.tmp$/
/** Age at which an unfinished file counts as abandoned; a capture ends after a quarter of this. */
const ABANDONED_MS = 60 * 60_000

class ReportFolder {
  #folder
  #warned = false
  #writing = Promise.resolve()
  /** Reports that wait to be written, by leak. If the disk is slower than the rounds, only the newest is kept. */
  #waiting = new Map()

  /** @param {string} folder absolute path; created with the first file */
  constructor(folder) {
    this.#folder = folder
  }

  /**
   * Writes a report, after those before it. Never fails, because a full disk must not affect the program.
   *
   * @param {object} leak a LeakReport
   * @param {() => Promise<string>} page creates the page when it is about to be written
   */
  write(leak, page) {
    const { id } = leak
    const isWaiting = this.#waiting.has(id)
    this.#waiting.set(id, { json: `${JSON.stringify(leak, null, 2)}\n`, page })
    if (!isWaiting) this.#writing = this.#writing.then(() => this.#writeWaiting(id))
    return this.#writing
  }

  async #writeWaiting(id) {
    const { json, page } = this.#waiting.get(id)
    this.#waiting.delete(id)
    await this.#store(`seep-leak-${id}.json`, () => json)
    await this.#store(`seep-leak-${id}.html`, page)
  }

  /**
   * Removes unfinished files of processes that were killed while writing. Their names do not
   * identify the process, which may be in another container.
   */
  clean() {
    this.#writing = this.#writing.then(() => this.#removeAbandoned()).catch(() => {})
    return this.#writing
  }

  /**
   * Warns at the start, rather than with the first leak, if the folder cannot be used. Does
   * not create it.
   */
  async probe() {
    try {
      await checkWritable(this.#folder)
    } catch (error) {
      this.#warn(error)
    }
  }

  /** Resolves when everything has been written and cleaned. */
  settled() {
    return this.#writing
  }

  /** @returns {Promise<void>} rejects if the folder neither exists nor can be created */
  async make() {
    if (!(await exists(this.#folder))) await makeFolder(this.#folder)
  }

  async #removeAbandoned() {
    const names = await fs.readdir(this.#folder)
    for (const name of names.filter((name) => UNFINISHED.test(name))) {
      // One that has disappeared or cannot be removed does not affect the others.
      await removeIfAbandoned(path.join(this.#folder, name)).catch(() => {})
    }
  }

  async #store(name, makeText) {
    const target = path.join(this.#folder, name)
    try {
      const text = await makeText()
      await this.make()
      await writeWhole(target, text)
    } catch (error) {
      this.#warn(error)
    }
  }

  #warn(error) {
    if (this.#warned) return
    this.#warned = true
    process.emitWarning(`seep cannot write its reports: ${error.message}`, {
      type: 'SeepWarning',
      code: 'SEEP_REPORT_NOT_WRITTEN'
    })
  }
}

async function removeIfAbandoned(file) {
  const found = await fs.lstat(file)
  if (found.isFile() && Date.now() - found.mtimeMs > ABANDONED_MS)
    await fs.rm(file, { force: true })
}

/** Rejects if the folder, or the nearest existing one above it, is not writable. */
async function checkWritable(folder) {
  if (process.permission !== undefined) {
    if (process.permission.has('fs.write', path.join(folder, 'seep-leak.json'))) return
    throw new Error(`Node lacks --allow-fs-write=${folder}`)
  }
  try {
    if (!(await fs.stat(folder)).isDirectory()) throw new Error(`${folder} is not a folder`)
    await fs.access(folder, fs.constants.W_OK)
  } catch (error) {
    const above = path.dirname(folder)
    if (error.code !== 'ENOENT' || above === folder) throw error
    await checkWritable(above)
  }
}

async function exists(folder) {
  try {
    await fs.stat(folder)
    return true
  } catch {
    return false
  }
}

/**
 * Creates a folder and those above it. Node's own `recursive` does not terminate if a
 * folder is refused with ENOENT although its parent exists, as below /proc.
 */
async function makeFolder(folder) {
  const make = () => fs.mkdir(folder, { mode: 0o700 })
  try {
    await make()
  } catch (error) {
    if (error.code === 'EEXIST') return
    const above = path.dirname(folder)
    if (error.code !== 'ENOENT' || (await exists(above))) throw error
    await makeFolder(above)
    await make()
  }
}

module.exports = { ReportFolder }

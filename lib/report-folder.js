'use strict'

/** Confirmed leaks as files, JSON and a page for each: the newest report replaces the older. */

const { randomUUID } = require('node:crypto')
const fs = require('node:fs/promises')
const path = require('node:path')

/** What is not whole yet, a report or a snapshot (src/detector/file.rs). */
const UNFINISHED = /^\.seep-[\w-]+\.tmp$/
/** After so long nobody writes it any more: a capture ends after a quarter of that. */
const ABANDONED_MS = 60 * 60_000

class ReportFolder {
  #folder
  #warned = false
  #writing = Promise.resolve()
  /** What waits for its turn, by leak: of a disk slower than the rounds only the newest. */
  #waiting = new Map()

  /** @param {string} folder absolute; made when the first file comes */
  constructor(folder) {
    this.#folder = folder
  }

  /**
   * Never fails: a full disk must not trouble the program. Writes in turn.
   *
   * @param {object} leak a LeakReport
   * @param {() => Promise<string>} page makes the page about it, when its turn comes
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
   * Removes what processes left behind that were killed while they wrote. Their
   * names tell nothing of the writer, who may live in another container.
   */
  clean() {
    this.#writing = this.#writing.then(() => this.#removeAbandoned()).catch(() => {})
    return this.#writing
  }

  /**
   * Warns at once of a folder that cannot be had, and not only with the first
   * leak. Makes nothing yet.
   */
  async probe() {
    try {
      await checkWritable(this.#folder)
    } catch (error) {
      this.#warn(error)
    }
  }

  /** Resolves when all that was to be written or cleaned is done. */
  settled() {
    return this.#writing
  }

  /** @returns {Promise<void>} rejects where it can neither be found nor made */
  async make() {
    if (!(await exists(this.#folder))) await makeFolder(this.#folder)
  }

  async #removeAbandoned() {
    const names = await fs.readdir(this.#folder)
    for (const name of names.filter((name) => UNFINISHED.test(name))) {
      // One that is gone by now, or cannot be removed, does not keep the others.
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

/** Under its name only when whole: who reads the folder sees no half report. */
async function writeWhole(target, text) {
  const temporary = path.join(path.dirname(target), `.seep-${randomUUID()}.tmp`)
  try {
    await fs.writeFile(temporary, text, { mode: 0o600, flag: 'wx' })
    await fs.rename(temporary, target)
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Rejects where neither the folder can be written to nor the first above it that there is. */
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
 * Makes a folder and those above it. Node's own `recursive` never ends where a
 * folder is refused with ENOENT although the one above exists, as below /proc.
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

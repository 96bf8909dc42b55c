'use strict'

/** Confirmed leaks as files, JSON and a page for each: the newest report replaces the older. */

const fs = require('node:fs/promises')
const path = require('node:path')

class ReportFolder {
  #folder
  #warned = false
  #writing = Promise.resolve()

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
    const name = `seep-leak-${leak.id}`
    const json = `${JSON.stringify(leak, null, 2)}\n`
    this.#writing = this.#writing
      .then(() => this.#store(`${name}.json`, () => json))
      .then(() => this.#store(`${name}.html`, page))
    return this.#writing
  }

  /** @returns {Promise<void>} rejects where it can neither be found nor made */
  async make() {
    if (!(await exists(this.#folder))) await makeFolder(this.#folder)
  }

  async #store(name, makeText) {
    const target = path.join(this.#folder, name)
    try {
      const text = await makeText()
      await this.make()
      // Under its name only when whole: who reads the folder sees no half report.
      const part = `${target}.${process.pid}.part`
      await fs.writeFile(part, text, { mode: 0o600 })
      await fs.rename(part, target)
    } catch (error) {
      if (this.#warned) return
      this.#warned = true
      process.emitWarning(`seep cannot write its reports: ${error.message}`, {
        type: 'SeepWarning',
        code: 'SEEP_REPORT_NOT_WRITTEN'
      })
    }
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

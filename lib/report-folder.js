'use strict'

/** Confirmed leaks as files, one per leak: the newest report replaces the older. */

const fs = require('node:fs/promises')
const path = require('node:path')

class ReportFolder {
  #folder
  #warned = false
  #writing = Promise.resolve()

  /** @param {string} folder absolute; made when the first report comes */
  constructor(folder) {
    this.#folder = folder
  }

  /** Never fails: a full disk must not trouble the program. Writes in turn. */
  write(leak) {
    const text = `${JSON.stringify(leak, null, 2)}\n`
    this.#writing = this.#writing.then(() => this.#store(`seep-leak-${leak.id}.json`, text))
    return this.#writing
  }

  async #store(name, text) {
    const target = path.join(this.#folder, name)
    try {
      await fs.mkdir(this.#folder, { recursive: true, mode: 0o700 })
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

module.exports = { ReportFolder }

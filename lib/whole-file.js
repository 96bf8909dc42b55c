'use strict'

const { randomUUID } = require('node:crypto')
const fs = require('node:fs/promises')
const path = require('node:path')

/** Writes a file that appears under its name only when it is complete. Only its owner can read it. */
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

module.exports = { writeWhole }

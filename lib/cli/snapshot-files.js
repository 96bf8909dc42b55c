'use strict'

/** Checks the files that a command compares: each named once, and oldest first. */

const fs = require('node:fs/promises')
const path = require('node:path')
const { withCode } = require('../errors')

/**
 * Refuses snapshots whose times contradict their order, because growth would look
 * like shrinking, and the verdict would be `healthy`. A glob, for example, puts 10
 * before 9.
 */
async function checkOrder(files) {
  // Files that cannot be read are reported when they are read.
  const stats = await Promise.all(files.map((file) => fs.stat(file).catch(() => null)))
  for (let i = 1; i < files.length; i++) {
    const [earlier, later] = [stats[i - 1], stats[i]]
    if (!earlier?.isFile() || !later?.isFile() || later.mtimeMs >= earlier.mtimeMs) continue
    const message =
      `${files[i]} is older than ${files[i - 1]}, which comes before it. Name the oldest first, ` +
      'or use --keep-order if copying has changed the times'
    throw withCode(new Error(message), 'ERR_USAGE')
  }
}

/** Refuses a snapshot that is named twice, because nothing would grow between the two. */
async function checkDistinct(files) {
  const real = await Promise.all(
    files.map((file) => fs.realpath(file).catch(() => path.resolve(file)))
  )
  const again = real.findIndex((file, i) => real.indexOf(file) !== i)
  if (again === -1) return
  const first = files[real.indexOf(real[again])]
  const same = first === files[again] ? '' : ` (as ${first})`
  const message = `${files[again]} is named twice${same}; name different files, oldest first`
  throw withCode(new Error(message), 'ERR_USAGE')
}

module.exports = { checkDistinct, checkOrder }

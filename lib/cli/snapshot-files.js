'use strict'

/** Checks the files that a command compares: each named once, and oldest first. */

const fs = require('node:fs/promises')
const path = require('node:path')
const { disorderOf } = require('../files')
const { usage } = require('./arguments')

/** Refuses snapshots whose times contradict their order. */
async function checkOrder(files) {
  const disorder = await disorderOf(files)
  if (disorder === null) return
  throw usage(
    `${disorder}. Name the oldest first, or use --keep-order if copying has changed the times`
  )
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
  throw usage(message)
}

module.exports = { checkDistinct, checkOrder }

'use strict'

/** Snapshots without values: what strings say, and the keys of dictionaries, is replaced by filler. */

const { randomUUID } = require('node:crypto')
const fs = require('node:fs/promises')
const path = require('node:path')
const { toNative } = require('./border')
const { invalidValue } = require('./errors')
const { abortable, unwrap } = require('./files')
const { checkNames, checkPath } = require('./options')
const { checkMayWrite } = require('./snapshot-path')

/** @returns {Promise<{ values: number, bytesRead: number, bytesWritten: number }>} a StripResult (index.d.ts) */
async function stripFile(from, to, options = {}) {
  for (const file of [from, to]) checkPath(file)
  checkNames(options, ['signal'])
  return abortable(options.signal, (progress) => stripWithProgress(from, to, progress))
}

/** Does the work of `stripFile`; `progress` (NativeProgress) tracks and cancels it. */
async function stripWithProgress(from, to, progress) {
  if (/\.zst$/i.test(to)) {
    throw invalidValue('The file to write', 'a snapshot, gzipped if its name ends in .gz', to)
  }
  if (await isSame(from, to)) throw invalidValue('The file to write', 'another one', to)
  checkMayWrite(path.resolve(to))
  const { stripFile } = require('../binding')
  const request = toNative({ from, to, gzipped: /\.gz$/i.test(to) })
  return unwrap(await stripFile(request, progress), from)
}

async function isSame(from, to) {
  const [a, b] = await Promise.all([from, to].map((file) => fs.stat(file).catch(() => null)))
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino
}

/**
 * Writes a snapshot of this process without values. The whole one is in a hidden file beside it for as long as that takes.
 *
 * @param {{ writeSnapshot(path: string): Promise<string> }} rounds
 * @param {string} target absolute
 */
async function writeStripped(rounds, target) {
  // The name is one that unfinished files have, and that is removed if the process is killed.
  const whole = path.join(path.dirname(target), `.seep-${randomUUID()}.tmp`)
  checkMayWrite(target)
  try {
    await rounds.writeSnapshot(whole)
    await stripWithProgress(whole, target)
    return target
  } finally {
    await fs.rm(whole, { force: true }).catch(() => {})
  }
}

module.exports = { stripFile, stripWithProgress, writeStripped }

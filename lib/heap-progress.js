'use strict'

/** Tells a callback how far the work on a heap is. */

const { abortable } = require('./files')

/** Time between two looks at the work. */
const STEP_MS = 100

/** Returns a function that tells `onProgress` what has happened since it was called last. */
function teller(progress, onProgress) {
  let told = 0
  let readBytes = -1
  const tellReading = () => {
    const doneBytes = progress.bytes()
    if (doneBytes === readBytes) return
    readBytes = doneBytes
    onProgress({ stage: 'reading', doneBytes, totalBytes: progress.totalBytes() || null })
  }
  return () => {
    const stages = progress.stages()
    if (stages[0] === 'reading' && (stages.length === 1 || told <= 1)) tellReading()
    for (const stage of stages.slice(told)) {
      told++
      if (stage !== 'reading') onProgress({ stage, doneBytes: null, totalBytes: null })
    }
  }
}

/**
 * Does the work as `abortable` does, and calls `onProgress`, if there is one: ten times a second while the file is read, and at
 * the beginning of each later stage. What it throws ends the work.
 *
 * @param {AbortSignal | undefined} signal
 * @param {((progress: object) => unknown) | undefined} onProgress
 * @param {(progress: object | undefined) => Promise<any>} work
 */
async function followed(signal, onProgress, work) {
  if (onProgress === undefined) return abortable(signal, work)
  const progress = new (require('../binding').NativeProgress)()
  const tell = teller(progress, onProgress)
  let timer
  const failed = new Promise((_, reject) => {
    timer = setInterval(() => {
      try {
        tell()
      } catch (error) {
        clearInterval(timer)
        progress.cancel()
        reject(error)
      }
    }, STEP_MS)
    // The work itself keeps the program running.
    timer.unref()
  })
  try {
    const result = await Promise.race([abortable(signal, work, progress), failed])
    // Short stages have passed between two looks.
    tell()
    return result
  } finally {
    clearInterval(timer)
  }
}

module.exports = { followed }

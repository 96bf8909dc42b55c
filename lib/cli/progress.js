'use strict'

/** A progress bar for files that take longer than a second, if there is a terminal. */

const { bytes } = require('../describe')

const DELAY_MS = 1000
const STEP_MS = 100
/** Width of the bar. It is shorter in a narrow terminal, because a wrapped line could not be cleared. */
const WIDTH = 30
/** Width of the text beside the bar. */
const STAGE_WIDTH = ' 100 % read'.length + '[]'.length + 1
/** Returns to the start of the line and clears it. */
const CLEAR = '\r\u001b[K'

/** Returns the line; `share` is -1 if the total size is unknown. */
function draw(share, describe, columns = 80) {
  if (share < 0) return `${CLEAR}${describe()}`
  const width = Math.max(0, Math.min(WIDTH, columns - STAGE_WIDTH))
  const done = Math.round(share * width)
  const bar = '#'.repeat(done) + '.'.repeat(width - done)
  const stage = share < 1 ? `${Math.floor(share * 100)} % read` : 'analyzing'
  return `${CLEAR}[${bar}] ${stage}`
}

/**
 * Shows the progress of work that takes longer than a second, if `stream` is a terminal.
 *
 * @param {() => number} share share of the file that has been read, 0 to 1; -1 if unknown
 * @param {() => string} describe describes how much has been read, if the share is unknown
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream
 * @returns {() => void} removes the bar; call it at the end of the work
 */
function showProgress(share, describe, stream = process.stderr) {
  if (!stream.isTTY) return () => {}
  let isShown = false
  let ticks = 0
  const timer = setInterval(() => {
    if (++ticks * STEP_MS <= DELAY_MS) return
    isShown = true
    stream.write(draw(share(), describe, stream.columns))
  }, STEP_MS)
  return () => {
    clearInterval(timer)
    if (isShown) stream.write(CLEAR)
  }
}

/**
 * Shows the progress of `work` on snapshot files.
 *
 * @template T
 * @param {(progress: object) => Promise<T>} work updates its argument (NativeProgress)
 */
function withProgress(work) {
  const progress = new (require('../../binding').NativeProgress)()
  const endProgress = showProgress(
    () => progress.share(),
    () => `${bytes(progress.bytes())} read`
  )
  return work(progress).finally(endProgress)
}

module.exports = { showProgress, withProgress }

'use strict'

/** A progress bar for files that take longer than a second, where there is a terminal. */

const { bytes } = require('../describe')

const DELAY_MS = 1000
const STEP_MS = 100
/** Of the bar; less in a narrow terminal, where a line that wraps could not be taken back. */
const WIDTH = 30
/** What stands beside the bar. */
const STAGE_WIDTH = ' 100 % read'.length + '[]'.length + 1
/** Back to the start of the line, and clears it. */
const CLEAR = '\r\u001b[K'

/** `share` is -1 where the whole is not known. */
function draw(share, describe, columns = 80) {
  if (share < 0) return `${CLEAR}${describe()}`
  const width = Math.max(0, Math.min(WIDTH, columns - STAGE_WIDTH))
  const done = Math.round(share * width)
  const bar = '#'.repeat(done) + '.'.repeat(width - done)
  const stage = share < 1 ? `${Math.floor(share * 100)} % read` : 'measuring'
  return `${CLEAR}[${bar}] ${stage}`
}

/**
 * Shows how far work is that takes longer than a second, where `stream` is a terminal.
 *
 * @param {() => number} share what of the file has been read, 0 to 1; -1 where that is not known
 * @param {() => string} describe what has been read, for then
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream
 * @returns {() => void} takes the bar away; to be called at the end of the work
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
 * Shows how far `work` on snapshot files is.
 *
 * @template T
 * @param {(progress: object) => Promise<T>} work what it is given it keeps up to date (NativeProgress)
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

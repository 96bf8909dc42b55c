'use strict'

const DELAY_MS = 1000
const STEP_MS = 100
const WIDTH = 30
/** Back to the start of the line, and clears it. */
const CLEAR = '\r\u001b[K'

/** `share` is -1 where the whole is not known. */
function draw(share, describe) {
  if (share < 0) return `${CLEAR}${describe()}`
  const done = Math.round(share * WIDTH)
  const bar = '#'.repeat(done) + '.'.repeat(WIDTH - done)
  const stage = share < 1 ? `${Math.floor(share * 100)} % read` : 'measuring'
  return `${CLEAR}[${bar}] ${stage}`
}

/**
 * Shows how far work is that takes longer than a second, where `stream` is a terminal.
 *
 * @param {() => number} share what of the file has been read, 0 to 1; -1 where that is not known
 * @param {() => string} describe what has been read, for then
 * @param {{ isTTY?: boolean, write(text: string): unknown }} stream
 * @returns {() => void} takes the bar away; to be called at the end of the work
 */
function showProgress(share, describe, stream = process.stderr) {
  if (!stream.isTTY) return () => {}
  let isShown = false
  let ticks = 0
  const timer = setInterval(() => {
    if (++ticks * STEP_MS <= DELAY_MS) return
    isShown = true
    stream.write(draw(share(), describe))
  }, STEP_MS)
  return () => {
    clearInterval(timer)
    if (isShown) stream.write(CLEAR)
  }
}

module.exports = { showProgress }

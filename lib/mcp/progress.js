'use strict'

/** Tells a client how far long work is, if it asked. */

const { abortable } = require('../files')

/** Percent at the beginning of each stage of opening a heap; reading takes most of the time. */
const STAGES = { reading: 0, graph: 60, classes: 80 }

/** Percent between two notifications. */
const STEP = 5

/** Time between two looks at work on files. */
const LOOK_MS = 200

/** Returns how far the opening of a heap is, in percent. */
function percentOf({ stage, doneBytes, totalBytes }) {
  if (stage !== 'reading' || !(totalBytes > 0)) return STAGES[stage] ?? 0
  return Math.floor((STAGES.graph * doneBytes) / totalBytes)
}

/**
 * Returns what tells the client: a percentage, which must not fall, and what is being done. Undefined if the client did not
 * ask.
 *
 * @returns {((progress: number, message: string) => void) | undefined}
 */
function tellerOf({ _meta, notify }) {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return undefined
  let told = -STEP
  return (progress, message) => {
    if (progress < told + STEP) return
    told = progress
    const params = { progressToken, progress, total: 100, message }
    // The request may be over by now.
    notify({ method: 'notifications/progress', params }).catch(() => {})
  }
}

/** Returns a listener for the progress of a heap. */
function heapListener(tell) {
  return tell && ((now) => tell(percentOf(now), now.stage))
}

/**
 * Does work on files until a signal ends it, and tells how much of them has been read.
 *
 * @param {(progress: object) => Promise<object>} work takes a NativeProgress
 */
async function followFiles(tell, signal, work) {
  const progress = new (require('../../binding').NativeProgress)()
  // The share is -1 as long as the size is not known.
  const look = () => tell?.(Math.floor(100 * Math.max(0, progress.share())), 'comparing')
  look()
  const timer = setInterval(look, LOOK_MS)
  try {
    return await abortable(signal, work, progress)
  } finally {
    clearInterval(timer)
  }
}

module.exports = { followFiles, heapListener, tellerOf }

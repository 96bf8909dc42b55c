'use strict'

/** Tells a client how far the opening of a heap is, if it asked. */

/** Percent at the beginning of each stage; reading takes most of the time. */
const STAGES = { reading: 0, graph: 60, classes: 80 }
const READ = STAGES.graph

/** Percent between two notifications. */
const STEP = 5

function percentOf({ stage, doneBytes, totalBytes }) {
  if (stage !== 'reading' || !(totalBytes > 0)) return STAGES[stage] ?? 0
  return Math.floor((READ * doneBytes) / totalBytes)
}

/** Returns a listener for the progress of a heap, or undefined if the client did not ask. */
function progressOf({ _meta, notify }) {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return undefined
  let told = -STEP
  return (now) => {
    const progress = percentOf(now)
    if (progress < told + STEP) return
    told = progress
    const params = { progressToken, progress, total: 100, message: now.stage }
    // The request may be over by now.
    notify({ method: 'notifications/progress', params }).catch(() => {})
  }
}

module.exports = { progressOf }

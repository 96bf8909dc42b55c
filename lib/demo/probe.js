'use strict'

/**
 * Preloaded into the demo's app, so that the app itself stays as a user would
 * write it: tells the demo what the process's memory is, twice a second.
 */

const { channel } = process
if (channel) {
  channel.unref()
  const timer = setInterval(() => {
    if (process.connected) process.send(process.memoryUsage())
  }, 500)
  timer.unref()
}

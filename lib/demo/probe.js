'use strict'

/**
 * Sends the memory usage of the app to the demo, twice a second. It is preloaded, so that
 * the app itself contains only what a user would write.
 */

const { channel } = process
if (channel) {
  channel.unref()
  const timer = setInterval(() => {
    if (process.connected) process.send(process.memoryUsage())
  }, 500)
  timer.unref()
}

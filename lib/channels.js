'use strict'

/**
 * The events once more, on `node:diagnostics_channel`: for whoever wants to know
 * of leaks without having the detector, such as the agent of a monitoring tool.
 *
 * While nobody subscribes to a channel, an event costs one look at a flag.
 * Channels are found by name and held here, since Node holds them weakly.
 */

const { channel } = require('node:diagnostics_channel')

const CHANNELS = {
  leak: channel('seep:leak'),
  resolved: channel('seep:resolved'),
  check: channel('seep:check'),
  skip: channel('seep:skip')
}

/**
 * The message is `{ detector, leak }`, or `resolved`, `check` or `skip` in place of `leak`.
 *
 * @param {import('node:events').EventEmitter} detector
 * @param {'leak' | 'resolved' | 'check' | 'skip'} event
 * @param {object} report
 */
function publish(detector, event, report) {
  const target = CHANNELS[event]
  if (target.hasSubscribers) target.publish({ detector, [event]: report })
}

module.exports = { publish }

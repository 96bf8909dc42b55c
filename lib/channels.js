'use strict'

/**
 * Publishes the events on `node:diagnostics_channel`, for code that has no reference
 * to the detector, such as the agent of a monitoring tool.
 *
 * Without a subscriber, an event costs one look at a flag. The channels are kept
 * here because Node holds them weakly.
 */

const { channel } = require('node:diagnostics_channel')

const CHANNELS = {
  leak: channel('seep:leak'),
  resolved: channel('seep:resolved'),
  check: channel('seep:check'),
  skip: channel('seep:skip'),
  'memory-growth': channel('seep:memory-growth'),
  exhaustion: channel('seep:exhaustion')
}

/** Returns the property under which messages and logs have the report of an event. */
function propertyOf(event) {
  return event === 'memory-growth' ? 'memoryGrowth' : event
}

/**
 * Publishes `{ detector, leak }`, or with the property of another event instead of `leak`.
 *
 * @param {import('node:events').EventEmitter} detector
 * @param {'leak' | 'resolved' | 'check' | 'skip' | 'memory-growth' | 'exhaustion'} event
 * @param {object} report
 */
function publish(detector, event, report) {
  const target = CHANNELS[event]
  if (target.hasSubscribers) target.publish({ detector, [propertyOf(event)]: report })
}

module.exports = { propertyOf, publish }

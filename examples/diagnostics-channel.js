'use strict'

// Receives leaks without a reference to the detector, as the agent of a monitoring
// tool would.
//
//   node --require seep/register examples/diagnostics-channel.js

const { subscribe } = require('node:diagnostics_channel')

subscribe('seep:leak', ({ leak }) => console.log(`leak ${leak.id}: ${leak.title}`))
subscribe('seep:check', ({ check }) => console.log(`check: ${check.verdict}`))
subscribe('seep:skip', ({ skip }) => console.log(`skip: ${skip.code}`))

require('./lib/leaky-server')

'use strict'

/** Asks the node `nodes/meter.js` to keep the messages. */

globalThis.keepsMessages = true

'use strict'

/** Signals by which a person, a terminal or a supervisor ends a command. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP']

module.exports = { ENDING }

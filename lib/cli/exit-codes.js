'use strict'

/** Exit codes of the commands, other than 0. docs/api.md lists them. */

module.exports = {
  /** Failure. */
  FAILURE: 1,
  /** Usage error. */
  USAGE: 2,
  /** --fail-on-leak found a leak; `seep verify`: not fixed. */
  LEAK: 3,
  /** --fail-on-leak could not judge every process; `seep verify` cannot tell. */
  NOT_JUDGED: 4,
  /** `seep run`: the program cannot be started, as in a shell. */
  NOT_STARTED: 127
}

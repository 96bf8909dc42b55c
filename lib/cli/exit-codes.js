'use strict'

/** How the commands end, other than well. docs/api.md lists them. */

module.exports = {
  /** The work failed. */
  FAILURE: 1,
  /** A usage error. */
  USAGE: 2,
  /** --fail-on-leak, and there is one. */
  LEAK: 3,
  /** --fail-on-leak, and a process could not be judged. */
  NOT_JUDGED: 4,
  /** `seep run`: the program cannot be started; a shell's word for it. */
  NOT_STARTED: 127
}

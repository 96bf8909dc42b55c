'use strict'

/**
 * For tests of what a machine may lack, beside its platform: a program, a right, a file
 * system. What is not tested is said on standard error, and a failure where all must be.
 *
 * @param {string | false} reason
 * @returns {string | false} the same, for `skip`
 */
function lacking(reason) {
  if (reason === false) return false
  if (process.env.SEEP_TEST_REQUIRE_ALL === '1') {
    throw new Error(`not everything can be tested here: ${reason}`)
  }
  process.stderr.write(`not tested here: ${reason}\n`)
  return reason
}

module.exports = { lacking }

'use strict'

/** The table of V8's instructions, beside what this Node tells of its own code. */

const assert = require('node:assert/strict')
const { it } = require('node:test')
const { differences, shown } = require('../scripts/opcodes')

it('knows the number and the length of each instruction that this Node shows', () => {
  assert.ok(shown().size > 150, 'the sample uses most of them')
  assert.deepEqual(differences(), [])
})

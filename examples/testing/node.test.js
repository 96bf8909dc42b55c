'use strict'

// node --test examples/testing/node.test.js

const { test } = require('node:test')
const { expectNoLeak } = require('seep')
const { openSession } = require('./sessions')

test('a closed session leaves nothing behind', async () => {
  await expectNoLeak(() => openSession().close(), { rounds: 5 })
})

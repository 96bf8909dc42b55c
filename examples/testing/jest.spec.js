/* global test */
'use strict'

// npx jest --rootDir examples/testing

const { expectNoLeak } = require('seep')
const { openSession } = require('./sessions')

test('a closed session leaves nothing behind', async () => {
  await expectNoLeak(() => openSession().close(), { rounds: 5 })
}, 300_000)

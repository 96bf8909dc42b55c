// npx vitest run --root examples/testing

import { expectNoLeak } from 'seep'
import { test } from 'vitest'
import { openSession } from './sessions.js'

test('a closed session leaves nothing behind', async () => {
  await expectNoLeak(() => openSession().close(), { rounds: 5 })
}, 300_000)

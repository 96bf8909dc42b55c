'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { describe, it } = require('node:test')
const { channel } = require('node:diagnostics_channel')
const { LeakDetector } = require('..')
const { RequestClock } = require('../lib/request-clock')

const started = channel('http.server.request.start')

/** Serves `respond` while `use` asks it. */
async function serving(respond, use) {
  const server = http.createServer(respond).listen(0)
  await once(server, 'listening')
  const { port } = server.address()
  const ask = async (count) => {
    for (let i = 0; i < count; i++) await (await fetch(`http://127.0.0.1:${port}`)).text()
  }
  try {
    await use(ask)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('the clock of requests', { concurrency: 1 }, () => {
  it('counts requests while a clock runs, and leaves nothing behind', async () => {
    await serving(
      (_request, response) => response.end(),
      async (ask) => {
        const [clock, other] = [new RequestClock(), new RequestClock()]
        const before = clock.now()
        await ask(3)
        assert.equal(clock.now() - before, 3)
        clock.stop()
        clock.stop()
        assert.equal(started.hasSubscribers, true, 'another clock runs')
        await ask(2)
        assert.equal(other.now() - before, 5)
        other.stop()
        assert.equal(started.hasSubscribers, false)
      }
    )
  })

  it('says what each request leaves behind', async () => {
    const kept = []
    class Visit {
      rows = new Array(50).fill(kept.length)
    }
    const detector = new LeakDetector({ gate: 'always' })
    let report
    await serving(
      (_request, response) => response.end(String(kept.push(new Visit()))),
      async (ask) => {
        // As no two hours have the same traffic.
        for (const requests of [100, 400, 50, 600, 200, 300, 100, 500]) {
          await ask(requests)
          report = await detector.check()
        }
      }
    )
    await detector.stop()
    const leak = report.leaks.find(({ items }) => items.className === 'Visit')
    const { bytesPerRequest } = leak.growth
    assert.ok(bytesPerRequest > 400 && bytesPerRequest < 900, `${bytesPerRequest}`)
    const told = leak.evidence.for.filter((text) => text.includes('HTTP request'))
    assert.match(leak.title, /\/h, \d+ B per request$/)
    assert.match(told.join(), /^It grows with each HTTP request, by \d+ B\.$/)
    assert.equal(started.hasSubscribers, false, 'the detector has stopped')
  })
})

'use strict'

/** What the page remembers is no growth to the detector that it is about. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

describe('a detector with a page that is looked at', () => {
  it('does not find itself', async () => {
    // A thirtieth of the usual threshold: what is told is much, and nothing of it may be the page's.
    const { stderr } = await evaluate(
      `const http = require('node:http')
       const { LeakDetector } = require('seep')
       const { seepPage } = require('seep/express')
       const detector = new LeakDetector({ gate: 'always', maxPauseMs: 600000, minGrowthBytes: 2048 })
       const server = http.createServer(seepPage(detector)).listen(0, async () => {
         const url = 'http://127.0.0.1:' + server.address().port
         for (let round = 0; round < 10; round++) {
           for (const path of ['/', '/report.json', '/?live&after=0&revision=']) await (await fetch(url + path)).text()
           const { leaks, snapshot } = await detector.check()
           console.error('snapshot of ' + snapshot.nodes)
           for (const { title, pathText } of leaks) console.error(title + '\\n' + pathText)
         }
         console.log('null')
         await detector.stop()
         server.close()
         server.closeAllConnections()
       })`
    )
    assert.equal(stderr.match(/^snapshot of \d+$/gm).length, 10)
    const own = stderr.split('\n').filter((line) => /#history|[( ](page|view)\/\w+\.js/.test(line))
    assert.deepEqual(own, [])
  })
})

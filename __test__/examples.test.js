'use strict'

/** The examples do what they say, with the real libraries, and end on request. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { Example, get } = require('./support/example')

const PATTERN = { timeout: 600_000 }

/** Runs an example under load until its output shows a leak, and on to its end. */
async function output(args, shown) {
  const example = new Example(args)
  const url = await example.address()
  await example.under(url, () => shown.test(example.output))
  const end = await example.stop()
  return { end, text: example.output }
}

describe('examples', PATTERN, () => {
  it('logging.js logs a leak with pino', async () => {
    const { end, text } = await output(['examples/logging.js', 'pino'], /"event":"leak"/)
    assert.deepEqual(end, { code: 0, signal: null })
    const lines = text.split('\n').filter((line) => line.startsWith('{'))
    const leak = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'leak')
    assert.equal(leak.level, 40)
    assert.equal(leak.leak.items.className, 'Session')
    assert.equal(leak.msg, `seep: memory leak: ${leak.leak.title}`)
  })

  it('logging.js logs a leak on the console', async () => {
    const { end, text } = await output(['examples/logging.js', 'console'], /memory leak: Session/)
    assert.deepEqual(end, { code: 0, signal: null })
    assert.match(text, /sessions → Array/)
    assert.ok(!text.includes('[Object]'), text)
  })

  it('diagnostics-channel.js hears of a leak', async () => {
    const args = ['--require', './register.js', 'examples/diagnostics-channel.js']
    const { end, text } = await output(args, /^leak [0-9a-f]+: Session/m)
    assert.deepEqual(end, { code: 0, signal: null })
    assert.match(text, /^check: /m)
  })

  it('opentelemetry.js exports figures and the leak', async () => {
    const { end, text } = await output(['examples/opentelemetry.js'], /eventName: 'seep.leak'/)
    assert.deepEqual(end, { code: 0, signal: null })
    assert.match(text, /'seep.leak.items': 'Session'/)
    // The last collection, at the end.
    assert.match(text, /name: 'seep.memory.floor'/)
  })

  it('prometheus.js exposes the leak among the figures of the program', async () => {
    const example = new Example(['examples/prometheus.js'])
    const url = await example.address()
    const metrics = await example.address('metrics on')
    let text = ''
    await example.under(url, async () => {
      text = await get(metrics)
      return /^seep_leaks_confirmed 1$/m.test(text)
    })
    assert.deepEqual(await example.stop(), { code: 0, signal: null })
    assert.match(
      text,
      /^seep_leak_growth_bytes_per_hour\{fingerprint="[0-9a-f]+",kind="collection",items="Session",container="sessions"\} \d/m
    )
    assert.match(text, /^nodejs_heap_size_used_bytes /m)
    const captures = Number(/^seep_captures_total (\d+)$/m.exec(text)[1])
    assert.ok(captures >= 3)
  })
})

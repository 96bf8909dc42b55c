'use strict'

const assert = require('node:assert/strict')
const { channel, subscribe, unsubscribe } = require('node:diagnostics_channel')
const { EventEmitter } = require('node:events')
const { afterEach, describe, it } = require('node:test')
const { LeakDetector } = require('seep')
const { publish } = require('../lib/channels')

const PROPERTIES = {
  leak: 'leak',
  resolved: 'resolved',
  check: 'check',
  skip: 'skip',
  'memory-growth': 'memoryGrowth',
  exhaustion: 'exhaustion'
}
const subscriptions = []

function listen(name, listener) {
  subscribe(name, listener)
  subscriptions.push([name, listener])
}

afterEach(() => {
  for (const [name, listener] of subscriptions.splice(0)) unsubscribe(name, listener)
})

describe('the channels', () => {
  it('carry each event with its detector', () => {
    const detector = new EventEmitter()
    for (const [event, property] of Object.entries(PROPERTIES)) {
      const messages = []
      listen(`seep:${event}`, (message, name) => messages.push([name, message]))
      const report = { schemaVersion: 1 }
      publish(detector, event, report)
      assert.deepEqual(messages, [[`seep:${event}`, { detector, [property]: report }]])
      assert.equal(messages[0][1].detector, detector)
    }
  })

  it('are not published to while nobody subscribes', () => {
    for (const event of Object.keys(PROPERTIES)) {
      const target = channel(`seep:${event}`)
      assert.equal(target.hasSubscribers, false)
      target.publish = () => assert.fail('published')
      publish(new EventEmitter(), event, {})
      delete target.publish
    }
  })

  it("have subscribers whose exceptions are the program's, as Node has it, and keep nobody else from an event", async (t) => {
    const thrown = []
    const messages = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', (e) => thrown.push(e))
    t.after(() => {
      process.removeAllListeners('uncaughtException')
      for (const other of others) process.on('uncaughtException', other)
    })
    const error = new Error('of a subscriber')
    listen('seep:check', () => {
      throw error
    })
    listen('seep:check', ({ check }) => messages.push(check))
    publish(new EventEmitter(), 'check', { schemaVersion: 1 })
    await new Promise(setImmediate)
    assert.deepEqual(messages, [{ schemaVersion: 1 }])
    assert.deepEqual(thrown, [error])
  })

  it('carry the rounds of a real detector, until it stops', async () => {
    const messages = []
    for (const event of NAMES) listen(`seep:${event}`, (message) => messages.push(message))
    const detector = new LeakDetector({ maxPauseMs: 60_000 })
    const report = await detector.check()
    assert.equal(messages.length, 1)
    assert.equal(messages[0].detector, detector)
    assert.equal(messages[0].check ?? messages[0].skip, report.skip ?? report)
    await detector.stop()
    await detector.check()
    assert.equal(messages.length, 1)
  })
})

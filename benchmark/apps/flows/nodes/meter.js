'use strict'

/** A node that counts the messages which pass through it, and keeps each of them where a leak is asked for (`leak.js`). */

class Envelope {
  constructor(message) {
    this.id = message._msgid
    this.topic = message.topic
    this.payload = { ...message.payload }
    this.stamps = Array.from({ length: 25 }, (_, i) => ({ i, at: Math.random() }))
  }
}

module.exports = (RED) => {
  function Meter(config) {
    RED.nodes.createNode(this, config)
    this.count = 0
    this.envelopes = []
    this.on('input', (message, send, done) => {
      this.count += 1
      if (globalThis.keepsMessages) this.envelopes.push(new Envelope(message))
      send(message)
      done()
    })
  }
  RED.nodes.registerType('meter', Meter)
}

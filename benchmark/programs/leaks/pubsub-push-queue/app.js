'use strict'
/** Subscriptions whose socket goes away are cancelled in the wrapper only: the iterator stays subscribed and its queue fills. */

class PubSub {
  constructor() {
    this.subscriptions = new Map()
    this.nextId = 0
  }

  subscribe(topic, onMessage) {
    const id = ++this.nextId
    this.subscriptions.set(id, { topic, onMessage })
    return id
  }

  unsubscribe(id) {
    this.subscriptions.delete(id)
  }

  publish(topic, payload) {
    for (const subscription of this.subscriptions.values()) {
      if (subscription.topic === topic) subscription.onMessage(payload)
    }
  }
}

class PubSubAsyncIterator {
  constructor(pubsub, topic) {
    this.pubsub = pubsub
    this.pullQueue = []
    this.pushQueue = []
    this.id = pubsub.subscribe(topic, this.pushValue.bind(this))
  }

  pushValue(event) {
    if (this.pullQueue.length > 0) this.pullQueue.shift()({ value: event, done: false })
    else this.pushQueue.push(event)
  }

  next() {
    if (this.pushQueue.length > 0)
      return Promise.resolve({ value: this.pushQueue.shift(), done: false })
    return new Promise((resolve) => this.pullQueue.push(resolve))
  }

  return() {
    this.pubsub.unsubscribe(this.id)
    this.pushQueue.length = 0
    return Promise.resolve({ value: undefined, done: true })
  }
}

const pubsub = new PubSub()
const TOPICS = 50

/** The wrapper answers for return(), and forgets the iterator below it. */
function withCancel(iterator, onCancel) {
  return {
    next: () => iterator.next(),
    return() {
      onCancel()
      return Promise.resolve({ value: undefined, done: true })
    }
  }
}

async function connection(i) {
  const topic = `user:${i % TOPICS}`
  const iterator = new PubSubAsyncIterator(pubsub, topic)
  const source = i % 20 === 0 ? withCancel(iterator, () => {}) : iterator
  pubsub.publish(topic, { topic, at: i, body: { text: `message ${i}`, tags: ['a', 'b'] } })
  await source.next()
  await source.return()
}

module.exports = {
  name: 'pubsub-push-queue',
  kind: 'subscription',
  source: 'https://github.com/OpenCTI-Platform/opencti/issues/16402',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) await connection(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'pubsub.subscriptions (Map) and the pushQueue of its iterators',
    pathIncludes: ['subscriptions'],
    leakedType: 'PubSubAsyncIterator',
    others: [{ pathIncludes: ['pushQueue'], leakedType: null }],
    allocatedIn: ['PubSubAsyncIterator', 'connection', 'subscribe', 'pushValue']
  }
}

'use strict'
// A heartbeat per client, which nobody stops when the client goes.

module.exports = {
  cause: 'timers not cleared',
  expect: { kinds: ['handles'], culprit: 'Timeout', leak: ['imer'] },
  units: 40,
  async setup() {
    return { next: 0, beats: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      const client = { id: context.next++, address: `10.0.0.${i}` }
      setInterval(() => {
        context.beats += client.id
      }, 30_000)
    }
  }
}

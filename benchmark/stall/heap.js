'use strict'

/**
 * A heap of mixed objects: records, strings, arrays, Maps, closures, class
 * instances and buffers, as a server's cache might hold them.
 *
 * @param {number} megabytes of used heap, about
 */
function mixedHeap(megabytes) {
  class Session {
    constructor(n) {
      this.id = n
      this.user = { name: `user ${n}`, roles: ['reader', `role-${n % 7}`] }
      this.seen = new Map([[n, `at ${n}`]])
      this.touch = () => n
    }
  }
  const held = []
  const limit = megabytes * 2 ** 20
  for (let n = 0; process.memoryUsage().heapUsed < limit; ) {
    for (const end = n + 1000; n < end; n++) {
      held.push(new Session(n), { n, text: `item ${n} ${'x'.repeat(n % 100)}`, list: [n, n / 3] })
    }
    held.push(Buffer.alloc(16 * 1024))
  }
  return held
}

module.exports = { mixedHeap }

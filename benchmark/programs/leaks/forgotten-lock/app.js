'use strict'
// A hand-written lock. The holder returned early once and never released it; from then on every caller waits, as a
// suspended async function with all its locals.
class Lock {
  #held = false
  waiting = []

  async acquire() {
    if (!this.#held) {
      this.#held = true
      return
    }
    await new Promise((resolve) => this.waiting.push(resolve))
  }

  release() {
    const next = this.waiting.shift()
    if (next === undefined) this.#held = false
    else next()
  }
}

const ledgerLock = new Lock()

async function transfer(from, to, amount) {
  const entry = {
    from,
    to,
    amount,
    memo: `transfer of ${amount} from ${from} to ${to}`,
    lines: [from, to, amount]
  }
  await ledgerLock.acquire()
  if (amount === 0) return null // forgets release()
  ledgerLock.release()
  return entry
}

module.exports = {
  name: 'forgotten-lock',
  kind: 'promises',
  source: 'pattern: async function that waits for ever',
  packages: {},
  verify: { n: 300, warmup: 3, rounds: 10 },
  async setup() {
    await transfer(1, 2, 0)
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      void transfer(ctx.next, ctx.next + 1, 5)
      ctx.next++
    }
    await null
  },
  async teardown() {
    ledgerLock.waiting.length = 0
  },
  expect: {
    leak: true,
    container: 'ledgerLock.waiting (Array of resolve functions, each with a suspended transfer)',
    leakedType: 'Promise',
    pathIncludes: ['ledgerLock', 'waiting'],
    allocatedIn: ['acquire', 'transfer'],
    bytesPerUnit: 900,
    perUnit: 2
  }
}

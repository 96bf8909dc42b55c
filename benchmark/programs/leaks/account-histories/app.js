'use strict'
// Two hundred accounts, no more; the history of each is one string that is only appended to.
class Account {
  constructor(id) {
    this.id = id
    this.history = ''
  }
}

const accounts = Array.from({ length: 200 }, (_, id) => new Account(id))

module.exports = {
  name: 'account-histories',
  kind: 'strings',
  source: 'pattern: log kept as text in the record',
  packages: {},
  verify: { n: 6, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (const account of accounts) {
      for (let i = 0; i < n; i++) account.history += `paid order ${ctx.next++} by card;`
      // Searching joins the pieces of some, as it happens.
      if (account.id % 3 === ctx.next % 2) account.history.indexOf('refund')
    }
  },
  async teardown() {
    accounts.length = 0
  },
  expect: {
    leak: true,
    container: 'history of each Account in accounts',
    leakedType: 'string',
    pathIncludes: ['accounts', 'history'],
    allocatedIn: ['step'],
    bytesPerUnit: 6000
  }
}

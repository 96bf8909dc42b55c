'use strict'
// Promises in every form, all of which settle: race with a timer that is cleared, async iteration, retries,
// AsyncLocalStorage, Promise.any with rejections. Some hundred are pending at each check and settle after it.
const { AsyncLocalStorage } = require('node:async_hooks')

const scope = new AsyncLocalStorage()

function withDeadline(promise) {
  let timer
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(reject, 10_000, new Error('deadline'))
  })
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer))
}

async function* pages(id) {
  for (let page = 0; page < 3; page++) {
    await null
    yield { id, page, rows: Array.from({ length: 5 }, (_, k) => k * page) }
  }
}

async function request(id) {
  let rows = 0
  for await (const page of pages(id)) rows += page.rows.length
  const first = await Promise.any([
    Promise.reject(new Error('replica down')),
    Promise.resolve(rows)
  ])
  scope.getStore().rows = first
  return first
}

module.exports = {
  name: 'promise-churn',
  kind: 'churn',
  source: 'pattern: promises that settle',
  packages: {},
  verify: { n: 300, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0, rows: 0, late: [] }
  },
  async step(ctx, n) {
    await Promise.all(ctx.late)
    ctx.late = []
    for (let i = 0; i < n; i += 30) {
      const batch = Array.from({ length: 30 }, () => {
        const id = ctx.next++
        return scope.run({ id, rows: 0 }, () => withDeadline(request(id)))
      })
      for (const rows of await Promise.all(batch)) ctx.rows += rows
    }
    ctx.late = Array.from(
      { length: 100 + (ctx.next % 70) },
      () => new Promise((resolve) => setTimeout(resolve, 1))
    )
  },
  async teardown(ctx) {
    await Promise.all(ctx.late)
  },
  expect: {
    leak: false,
    container: 'promises of the current step',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}

'use strict'
// A query language compiled with new Function, cached by source text. The texts hold the literals of each request, so
// no two are equal: functions, code and source pile up.
const filters = Object.create(null)

function compile(expression) {
  filters[expression] ??= new Function('row', `return ${expression}`)
  return filters[expression]
}

module.exports = {
  name: 'compiled-filters',
  kind: 'code',
  source: 'pattern: compile cache keyed by a text that holds literals',
  packages: {},
  verify: { n: 250, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, hits: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const matches = compile(`row.id > ${ctx.next++} && row.city === 'c${ctx.next % 11}'`)
      for (let id = 0; id < 3; id++) if (matches({ id: id * 1e6, city: 'c4' })) ctx.hits++
    }
  },
  async teardown() {
    for (const key of Object.keys(filters)) delete filters[key]
  },
  expect: {
    leak: true,
    container: 'filters (object without prototype: text to compiled function)',
    leakedType: 'closure',
    pathIncludes: ['filters'],
    allocatedIn: ['compile'],
    bytesPerUnit: 830
  }
}

'use strict'
// Rules that users write run as vm.Script in one context. The list of compiled rules is never trimmed when a rule is
// edited: each version stays, with its bytecode.
const vm = require('node:vm')

const engine = { context: vm.createContext({ order: { total: 0 } }), versions: [] }

function save(rule) {
  const script = new vm.Script(rule.text, { filename: `rule-${rule.id}.js` })
  engine.versions.push({ rule: rule.id, at: rule.version, script })
  return script.runInContext(engine.context)
}

module.exports = {
  name: 'script-cache',
  kind: 'code',
  source: 'https://github.com/nodejs/node/issues/40014 (vm.Script kept)',
  packages: {},
  verify: { n: 80, warmup: 3, rounds: 10 },
  async setup() {
    return { version: 0, sum: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const version = ctx.version++
      const text = `(function rule${version}() { let bonus = 0; for (const k of [1, 2, 3]) bonus += k * ${version}; return order.total + bonus })()`
      ctx.sum += save({ id: i % 10, version, text })
    }
  },
  async teardown() {
    engine.versions.length = 0
  },
  expect: {
    leak: true,
    container: 'engine.versions (Array of {rule, at, script})',
    leakedType: 'Script',
    pathIncludes: ['engine', 'versions'],
    allocatedIn: ['save'],
    bytesPerUnit: 2500
  }
}

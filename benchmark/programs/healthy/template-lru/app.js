'use strict'
// Mail templates come from a database and are compiled with new Function; the 150 last used stay. Compiled code is
// made and dropped all the time.
class Templates {
  #compiled = new Map()

  render(text, values) {
    let template = this.#compiled.get(text)
    if (template === undefined) {
      const parts = text.split(/\{\{(\w+)\}\}/)
      const code = parts
        .map((part, k) => (k % 2 === 0 ? JSON.stringify(part) : `values.${part}`))
        .join(' + ')
      template = new Function('values', `return ${code}`)
    } else this.#compiled.delete(text)
    this.#compiled.set(text, template)
    if (this.#compiled.size > 150) this.#compiled.delete(this.#compiled.keys().next().value)
    return template(values)
  }
}

const templates = new Templates()

module.exports = {
  name: 'template-lru',
  kind: 'bounded-cache',
  source: 'pattern: bounded cache of compiled templates',
  packages: {},
  verify: { n: 200, warmup: 5, rounds: 14 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = i % 3 === 0 ? i % 60 : ctx.next++
      ctx.length += templates.render(`Dear {{name}}, your order ${id} of {{count}} items`, {
        name: 'A',
        count: i
      }).length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'templates, bounded at 150',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}

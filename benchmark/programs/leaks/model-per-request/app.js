'use strict'
// defineModel() is called by the request handler instead of once at start-up; each call makes a class and registers it
// in a static list of the base class.
class Model {
  static registered = []

  get columns() {
    return Object.keys(this)
  }

  static define(table, columns) {
    const model = class extends Model {
      constructor(row) {
        super()
        for (const column of columns) this[column] = row[column]
      }

      get table() {
        return table
      }
    }
    Model.registered.push(model)
    return model
  }
}

function listOrders(id) {
  const Order = Model.define('orders', ['id', 'total', 'placed'])
  return [new Order({ id, total: 10, placed: id }), new Order({ id, total: 12, placed: id })]
}

module.exports = {
  name: 'model-per-request',
  kind: 'code',
  source: 'pattern: class made per request (shapes, prototypes, constructors)',
  packages: {},
  verify: { n: 150, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, seen: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.seen += listOrders(ctx.next++).length
  },
  async teardown() {
    Model.registered.length = 0
  },
  expect: {
    leak: true,
    container: 'Model.registered (static Array of classes)',
    leakedType: 'closure model',
    pathIncludes: ['Model', 'registered'],
    allocatedIn: ['define', 'listOrders'],
    bytesPerUnit: 2300
  }
}

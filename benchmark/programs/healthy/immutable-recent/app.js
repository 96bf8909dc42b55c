'use strict'
/** Immutable state with the last 300 notices, and an undo history of 100 states that share most of it. */

const LAST = 300
const HISTORY = 100

function reduce(state, notice) {
  return { ...state, count: state.count + 1, notices: [...state.notices, notice].slice(-LAST) }
}

let state = { count: 0, notices: [] }
let history = []

function dispatch(i) {
  history = [...history, state].slice(-HISTORY)
  state = reduce(state, { id: i, text: `order ${i}`, read: false })
  if (i % 40 === 0) state = history.at(-2) ?? state
}

module.exports = {
  name: 'immutable-recent',
  kind: 'immutable',
  source: 'pattern: immutable state with an undo history',
  verify: { n: 120, warmup: 6 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) dispatch(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'notices: 300; history: 100',
    pathIncludes: [],
    leakedType: null
  }
}

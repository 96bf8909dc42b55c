'use strict'
/** Immutable state: each action makes a new list with one notice more, and nothing dismisses any. */

function notices(state = [], action) {
  switch (action.type) {
    case 'notice/added':
      return [...state, { id: action.id, text: action.text, level: 'info', read: false }]
    case 'notice/dismissed':
      return state.filter(({ id }) => id !== action.id)
    default:
      return state
  }
}

function counters(state = { requests: 0 }, action) {
  return action.type === 'request/served' ? { ...state, requests: state.requests + 1 } : state
}

function createStore(reducers) {
  let state = {}
  return {
    getState: () => state,
    dispatch(action) {
      const next = {}
      for (const [name, reduce] of Object.entries(reducers))
        next[name] = reduce(state[name], action)
      state = next
    }
  }
}

const store = createStore({ notices, counters })

module.exports = {
  name: 'redux-notifications',
  kind: 'immutable',
  source: 'pattern: a store whose list only grows',
  verify: { n: 150, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      const i = ctx.i++
      store.dispatch({ type: 'request/served' })
      store.dispatch({ type: 'notice/added', id: i, text: `order ${i} shipped` })
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'state.notices of the store: a new Array each time',
    pathIncludes: ['notices'],
    leakedType: 'Object',
    allocatedIn: ['notices', 'dispatch']
  }
}

'use strict'

/**
 * Programs that do not exist: what each keeps, under which traffic. Everything is drawn from the numbers that `make` is
 * given, so a seed is a program.
 *
 * @typedef {object} Program
 * @property {string} name
 * @property {boolean} leak
 * @property {(random: () => number, requestsPerMinute: number) => { stores: import('./stores').Store[], leaking?: number,
 *   from?: number, missed?: number, perMinute?: number }} make `leaking` is the place of the store that leaks, from the
 *   minute `from` on; `missed` the share of captures that fail; `perMinute` other traffic than was offered
 */

const { between, spread, stores } = require('./stores')

const HOUR = 60
const DAY = 24 * HOUR
const MIB = 2 ** 20

/** A few hundred bytes for each request, at 2 to 30 requests a second. */
function ordinary(random, changes = {}) {
  return stores.kept({ bytesEach: between(random, 200, 600), ...changes })
}
const underLoad = (random) => spread(random, 120, 1800)

/** How many objects make `low` to `high` bytes. */
const amount = (random, low, high, bytesEach) => spread(random, low, high) / bytesEach

function sessions(random, changes = {}) {
  const [bytesEach, ttl] = [between(random, 300, 3000), between(random, 20, 240)]
  return stores.expiring({ bytesEach, ttl, ...changes })
}

function filling(random, perMinute) {
  return stores.filling({ bytesEach: 500, most: perMinute * between(random, 10, 60) })
}

const LEAKS = [
  {
    name: 'some kilobytes a request',
    make: (random) => ({
      stores: [stores.kept({ bytesEach: between(random, 1000, 20_000) })],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'a few hundred bytes a request',
    make: (random) => ({ stores: [ordinary(random)], perMinute: underLoad(random) })
  },
  {
    name: 'the same, begun after hours',
    make: (random) => {
      const from = between(random, HOUR, 12 * HOUR)
      return { stores: [ordinary(random, { from })], from, perMinute: underLoad(random) }
    }
  },
  {
    name: 'the same, among requests in flight and 5,000 that stay',
    make: (random) => {
      const bytesEach = between(random, 200, 600)
      const noise = stores.inFlight(random, { bytesEach, share: 0.05, base: 5000 })
      const store = stores.together(stores.kept({ bytesEach }), noise)
      return { stores: [store], perMinute: underLoad(random) }
    }
  },
  {
    name: 'the same, seven in ten released',
    make: (random) => ({
      stores: [ordinary(random, { released: 0.7 })],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'the same, four captures in ten fail',
    make: (random) => ({ stores: [ordinary(random)], perMinute: underLoad(random), missed: 0.4 })
  },
  {
    name: 'the same, beside a cache that fills',
    make: (random) => {
      const perMinute = underLoad(random)
      const requestsToFill = perMinute * spread(random, 10, 200)
      const other = stores.cache({
        bytesEach: 500,
        most: amount(random, 2 * MIB, 100 * MIB, 500),
        requestsToFill
      })
      return { stores: [ordinary(random), other], perMinute }
    }
  },
  {
    name: 'the same, in a store that declares a bound',
    make: (random) => ({
      stores: [stores.declared(ordinary(random))],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'the same, with a number that says less than half of what it comes to',
    make: (random) => ({
      stores: [stores.limited(ordinary(random), spread(random, 100, 2000))],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'the same, where code removes from something that is not known',
    make: (random) => ({
      stores: [stores.withRemovingCode(ordinary(random))],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'a queue of which two in three are done',
    make: (random) => ({
      stores: [stores.backlog({ bytesEach: between(random, 200, 600), done: 0.67 })],
      perMinute: underLoad(random)
    })
  },
  {
    name: 'once a second, whatever the traffic',
    make: (random) => ({
      stores: [stores.ticking({ bytesEach: between(random, 300, 3000), perMinute: 60 })]
    })
  },
  {
    name: '1 MB an hour',
    make: () => ({ stores: [stores.ticking({ bytesEach: 350, perMinute: MIB / HOUR / 350 })] })
  }
].map((program) => ({ ...program, leak: true }))

/** Some minutes of work that is written together. */
function batch(random) {
  const period = Math.round(spread(random, 3, 200))
  return { period, offset: between(random, 0, period - 1), bytesEach: between(random, 200, 2000) }
}

const HEALTHY = [
  { name: 'nothing but requests in flight', make: () => ({ stores: [] }) },
  {
    name: 'sessions with a TTL, in a store that declares it',
    make: (random) => ({ stores: [stores.declared(sessions(random))] })
  },
  {
    name: 'sessions with a TTL that nothing declares',
    make: (random) => ({ stores: [sessions(random)] })
  },
  {
    name: 'the same, a third ended by hand',
    make: (random) => ({ stores: [sessions(random, { ended: 0.33 })] })
  },
  {
    name: 'a cache that fills ever more slowly',
    make: (random, perMinute) => {
      const requestsToFill = perMinute * spread(random, 10, 200)
      const most = amount(random, 2 * MIB, 200 * MIB, 500)
      return { stores: [stores.cache({ bytesEach: 500, most, requestsToFill })] }
    }
  },
  {
    name: 'a cache that fills steadily within 10 to 60 minutes and declares its bound',
    make: (random, perMinute) => ({ stores: [stores.declared(filling(random, perMinute))] })
  },
  {
    name: 'the same, and nothing declares it',
    make: (random, perMinute) => ({ stores: [filling(random, perMinute)] })
  },
  {
    name: 'the same, with a number for its bound',
    make: (random, perMinute) => {
      const store = filling(random, perMinute)
      return { stores: [stores.limited(store, store.full)] }
    }
  },
  {
    name: 'batches of 3 to 200 minutes, written when they are full',
    make: (random) => ({ stores: [stores.batch({ ...batch(random), looksAtSize: true })] })
  },
  {
    name: 'the same, written by a timer',
    make: (random) => ({ stores: [stores.batch({ ...batch(random), looksAtSize: false })] })
  },
  {
    name: 'a queue whose consumers are down for 10 to 60 minutes',
    make: (random) => {
      const downFor = between(random, 10, 60)
      const downFrom = between(random, 10, DAY - downFor)
      return { stores: [stores.queue({ bytesEach: 1000, downFrom, downFor })] }
    }
  },
  {
    name: 'a connection pool that follows the load',
    make: (random, perMinute) => ({
      stores: [
        stores.pool({
          bytesEach: 20_000,
          perConnection: perMinute / 20,
          idle: between(random, 5, 60)
        })
      ]
    })
  },
  {
    name: 'a nightly job',
    make: (random) => {
      const [at, lasts] = [between(random, 0, DAY - HOUR), between(random, 5, 45)]
      const most = amount(random, 5 * MIB, 200 * MIB, 500)
      return { stores: [stores.nightly({ bytesEach: 500, most, at, lasts })] }
    }
  }
].map((program) => ({ ...program, leak: false }))

module.exports = { PROGRAMS: [...LEAKS, ...HEALTHY] }

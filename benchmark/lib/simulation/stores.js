'use strict'

/**
 * What programs keep, as counts that go on minute by minute. Each is made with numbers of its own and answers, for the
 * requests of one minute, how many objects it holds then.
 *
 * @typedef {object} Store
 * @property {number} bytesEach
 * @property {boolean} [declared] whether a snapshot shows that it is bounded
 * @property {(requests: number, minute: number) => number} next
 */

const { between, normal } = require('../random')

/** From `low` to `high`, each power of ten as likely as the next. */
const spread = (random, low, high) => low * (high / low) ** random()

/** Keeps something for one request in `every`, from a minute on; of it, a share goes again. */
function kept({ bytesEach, every = 1, from = 0, released = 0, base = 0 }) {
  let count = base
  return {
    bytesEach,
    next(requests, minute) {
      if (minute >= from) count += (requests / every) * (1 - released)
      return count
    }
  }
}

/** Keeps so many objects a minute, whatever the traffic does. */
function ticking({ bytesEach, perMinute, from = 0 }) {
  let count = 0
  return {
    bytesEach,
    next(_requests, minute) {
      if (minute >= from) count += perMinute
      return count
    }
  }
}

/** Entries that live for `ttl` minutes. */
function expiring({ bytesEach, ttl }) {
  const minutes = []
  return {
    bytesEach,
    next(requests) {
      minutes.push(requests)
      if (minutes.length > ttl) minutes.shift()
      return minutes.reduce((sum, count) => sum + count, 0)
    }
  }
}

/** A bounded cache whose keys are drawn from many, some more often than others: it fills ever more slowly. */
function cache({ bytesEach, most, requestsToFill }) {
  let seen = 0
  return {
    bytesEach,
    next(requests) {
      seen += requests
      return most * (1 - Math.exp(-seen / requestsToFill))
    }
  }
}

/** A bounded cache in which each request is a new entry, until it is full. */
function filling({ bytesEach, most, every = 1 }) {
  let count = 0
  return {
    bytesEach,
    next(requests) {
      count = Math.min(most, count + requests / every)
      return count
    }
  }
}

/** Collected and written out every `period` minutes. */
function batch({ bytesEach, period, offset = 0 }) {
  let count = 0
  return {
    bytesEach,
    next(requests, minute) {
      count = (minute + offset) % period === 0 ? 0 : count + requests
      return count
    }
  }
}

/** Work that waits while its consumers are down, and is done fast afterwards. */
function queue({ bytesEach, downFrom, downFor }) {
  let count = 0
  return {
    bytesEach,
    next(requests, minute) {
      const isDown = minute >= downFrom && minute < downFrom + downFor
      count = isDown ? count + requests : Math.max(requests * 0.02, count - 3 * requests)
      return count
    }
  }
}

/** Connections: opened as the load asks for them, closed after being idle for long. */
function pool({ bytesEach, perConnection, idle }) {
  const needed = []
  return {
    bytesEach,
    next(requests) {
      needed.push(Math.ceil(requests / perConnection))
      if (needed.length > idle) needed.shift()
      return Math.max(...needed)
    }
  }
}

/** What a job keeps while it runs, once a day. */
function nightly({ bytesEach, most, at, lasts }) {
  return {
    bytesEach,
    next(_requests, minute) {
      const into = (minute % (24 * 60)) - at
      return into >= 0 && into < lasts ? (most * (into + 1)) / lasts : 0
    }
  }
}

/** Requests under way: they come and go with the load. */
function inFlight(random, { bytesEach, share, base = 0 }) {
  return {
    bytesEach,
    next: (requests) => base + Math.max(0, requests * share * (1 + 0.5 * normal(random)))
  }
}

/** A store of a class that names its bound, or what removes the oldest. */
function declared(store) {
  return { ...store, declared: true }
}

/** One store whose objects cannot be told from those of another. */
function together(...stores) {
  return {
    bytesEach: stores[0].bytesEach,
    next: (...now) => stores.reduce((sum, store) => sum + store.next(...now), 0)
  }
}

module.exports = {
  between,
  spread,
  stores: {
    batch,
    cache,
    declared,
    expiring,
    filling,
    inFlight,
    kept,
    nightly,
    pool,
    queue,
    ticking,
    together
  }
}

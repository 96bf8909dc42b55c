'use strict'

/**
 * What programs keep, as counts that go on minute by minute. Each is made with numbers of its own and answers, for the
 * requests of one minute, how many objects it holds then.
 *
 * @typedef {object} Store
 * @property {number} bytesEach
 * @property {boolean} [declared] whether a snapshot shows that it is bounded
 * @property {number} [most] how many objects its owner says that there may be, as a number that a walk reads
 * @property {Table} [table] what a walk sees of its Map; without one, removed entries do not show
 * @property {boolean} [isOldestFirst] whether those that were removed came before all others
 * @property {number} [full] how many objects it may hold
 * @property {'age' | 'amount' | 'words'} [removes] what code that has run by now goes by when it removes entries; 'words' where
 *   it is not known from what
 * @property {number} [timerMs] the delay of a timer that can reach it and has not run yet
 * @property {(requests: number, minute: number) => number} next
 */

const { between, normal } = require('../random')

/** From `low` to `high`, each power of ten as likely as the next. */
const spread = (random, low, high) => low * (high / low) ** random()

const MINUTE_MS = 60_000

/** Pieces of a minute in which entries come and go. */
const PIECES = 20

/** The counts of a Map's table, as V8 keeps them: removed entries count until it is rebuilt, larger, smaller or as it was. */
class Table {
  entries = 0
  removed = 0
  #slots = 4

  add(count) {
    while (this.entries + this.removed + count > this.#slots) {
      if (this.removed < this.#slots / 2) this.#slots *= 2
      this.removed = 0
      if (this.entries + count <= this.#slots) break
    }
    this.entries += count
  }

  remove(count) {
    this.entries = Math.max(0, this.entries - count)
    this.removed += count
    while (this.#slots > 4 && this.entries < this.#slots / 4) {
      this.#slots /= 2
      this.removed = 0
    }
  }
}

/** Keeps something for one request in `every`, from a minute on; of it, a share goes again. */
function kept({ bytesEach, every = 1, from = 0, released = 0, base = 0 }) {
  const table = new Table()
  table.add(base)
  return {
    bytesEach,
    table,
    next(requests, minute) {
      for (let piece = 0; minute >= from && piece < PIECES; piece++) {
        table.add(requests / every / PIECES)
        if (released > 0) table.remove((released * requests) / every / PIECES)
      }
      return table.entries
    }
  }
}

/** Work that is begun in the order in which it comes, and more comes than is done. */
function backlog({ bytesEach, done }) {
  const store = kept({ bytesEach, released: done })
  return { ...store, isOldestFirst: true, removes: 'amount' }
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

/** Entries that live for `ttl` minutes; some go within their first minute, as sessions do that somebody ends. */
function expiring({ bytesEach, ttl, ended = 0 }) {
  const minutes = []
  const table = new Table()
  return {
    bytesEach,
    table,
    isOldestFirst: ended === 0,
    removes: 'age',
    next(requests) {
      minutes.push(requests * (1 - ended))
      const old = minutes.length > ttl ? minutes.shift() : 0
      for (let piece = 0; piece < PIECES; piece++) {
        table.add(requests / PIECES)
        if (ended > 0) table.remove((requests * ended) / PIECES)
        if (old > 0) table.remove(old / PIECES)
      }
      return minutes.reduce((sum, count) => sum + count, 0)
    }
  }
}

/** A bounded cache whose keys are drawn from many, some more often than others: it fills ever more slowly. */
function cache({ bytesEach, most, requestsToFill }) {
  let seen = 0
  return {
    bytesEach,
    removes: 'amount',
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
    full: most,
    removes: 'amount',
    next(requests) {
      count = Math.min(most, count + requests / every)
      return count
    }
  }
}

/**
 * Collected and written out every `period` minutes. What adds to it looks at its size, or else V8 has the code that writes it
 * from the first time on.
 */
function batch({ bytesEach, period, offset = 0, looksAtSize }) {
  let count = 0
  return {
    bytesEach,
    removes: looksAtSize ? 'amount' : null,
    timerMs: looksAtSize ? 0 : period * MINUTE_MS,
    next(requests, minute) {
      const isWritten = (minute + offset) % period === 0
      if (isWritten) Object.assign(this, { removes: 'amount', timerMs: 0 })
      count = isWritten ? 0 : count + requests
      return count
    }
  }
}

/** Work that waits while its consumers are down, and is done fast afterwards. */
function queue({ bytesEach, downFrom, downFor }) {
  let count = 0
  return {
    bytesEach,
    removes: 'amount',
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
    removes: 'age',
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

/** A store beside which there is code that removes from something that is not known. */
function withRemovingCode(store) {
  return { ...store, removes: 'words' }
}

/** A store whose owner has a number for how many objects there may be. */
function limited(store, most) {
  return { ...store, most: Math.max(1, Math.round(most)) }
}

/** One store, a Map, whose objects cannot be told from those of another. */
function together(...stores) {
  const table = new Table()
  return {
    bytesEach: stores[0].bytesEach,
    table,
    next(requests, minute) {
      const count = stores.reduce((sum, store) => sum + store.next(requests, minute), 0)
      const gone = Math.max(0, table.entries + requests - count)
      const come = Math.max(0, count - table.entries + gone)
      for (let piece = 0; piece < PIECES; piece++) {
        table.add(come / PIECES)
        table.remove(gone / PIECES)
      }
      return count
    }
  }
}

module.exports = {
  between,
  spread,
  stores: {
    backlog,
    batch,
    cache,
    declared,
    expiring,
    filling,
    inFlight,
    kept,
    limited,
    nightly,
    pool,
    queue,
    ticking,
    together,
    withRemovingCode
  }
}

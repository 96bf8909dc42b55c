'use strict'

/**
 * Stores the latest rows of numbers in memory that is allocated once, because a
 * growing detector would report itself. Unknown values are NaN.
 */
class Rows {
  #names
  /** Allocated with the first row, so that unused rows cost nothing. */
  #columns = null
  #capacity
  #first = 0
  #length = 0

  /** @param {readonly string[]} names of the columns */
  constructor(names, capacity) {
    this.#names = names
    this.#capacity = capacity
  }

  get length() {
    return this.#length
  }

  get isFull() {
    return this.#length === this.#capacity
  }

  /** Adds a row. If there is no room, it replaces the first one. */
  push(row) {
    this.#columns ??= this.#names.map(() => new Float64Array(this.#capacity))
    if (this.isFull) {
      this.#first = (this.#first + 1) % this.#capacity
      this.#length -= 1
    }
    this.#length += 1
    this.setLast(row)
  }

  setLast(row) {
    const at = this.#at(this.#length - 1)
    this.#names.forEach((name, i) => {
      this.#columns[i][at] = row[name] ?? Number.NaN
    })
  }

  row(index) {
    const at = this.#at(index)
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#columns[i][at]]))
  }

  /** Removes every second row, starting with the second. Only valid while no row has been replaced. */
  thin() {
    const kept = Math.ceil(this.#length / 2)
    for (const column of this.#columns) {
      for (let i = 0; i < kept; i++) column[i] = column[2 * i]
    }
    this.#length = kept
  }

  /** Returns all rows from `from` on, column by column. */
  columns(from = 0) {
    const count = Math.max(0, this.#length - from)
    const values = (column) => Array.from({ length: count }, (_, i) => column[this.#at(from + i)])
    return Object.fromEntries(this.#names.map((name, i) => [name, values(this.#columns?.[i])]))
  }

  /** Counts the rows at the beginning whose first column, which ascends, is at most `limit`. */
  countUpTo(limit) {
    let count = 0
    while (count < this.#length && this.#columns[0][this.#at(count)] <= limit) count += 1
    return count
  }

  #at(index) {
    return (this.#first + index) % this.#capacity
  }
}

module.exports = { Rows }

'use strict'

/**
 * Rows of numbers, the latest ones, in memory that is taken once: a detector
 * that grew by what it remembers would find itself. What is not known is NaN.
 */
class Rows {
  #names
  /** Taken with the first row: what nobody looks at costs nothing. */
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

  /** Adds a row; the first gives way when there is no room. */
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

  /** Forgets every second row, from the second on. Only for rows of which none gave way. */
  thin() {
    const kept = Math.ceil(this.#length / 2)
    for (const column of this.#columns) {
      for (let i = 0; i < kept; i++) column[i] = column[2 * i]
    }
    this.#length = kept
  }

  /** All of it, column by column, from row `from` on. */
  columns(from = 0) {
    const count = Math.max(0, this.#length - from)
    const values = (column) => Array.from({ length: count }, (_, i) => column[this.#at(from + i)])
    return Object.fromEntries(this.#names.map((name, i) => [name, values(this.#columns?.[i])]))
  }

  /** How many rows at the beginning have no more than `limit` in the first column, which ascends. */
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

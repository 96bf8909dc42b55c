/**
 * A tree whose rows are fetched when they come into view. Branches know how many rows they have, so the position of every
 * row is known without the rows.
 */

import { signal } from '@preact/signals'

/** Rows that are fetched together. */
const PAGE = 50
/** Rows of a branch below the first level that are shown before one asks for more: what follows it must stay in reach. */
const SHOWN = 50
/** How many times as many rows are shown when one asks for more. */
const MORE = 20

class Branch {
  /** Null until the first page has come. */
  total = null
  pages = new Map()
  /** Open rows by their positions. */
  open = new Map()
  /** What the first answer says beside its rows. */
  answer = null
  error = null

  constructor(parent, row, depth) {
    this.parent = parent
    this.row = row
    this.depth = depth
    this.shown = parent === null ? Number.POSITIVE_INFINITY : SHOWN
  }

  get own() {
    // One row that says that it is loading, or why it cannot.
    return this.total === null ? 1 : Math.min(this.total, this.shown)
  }

  get hasMore() {
    return this.total !== null && this.total > this.shown
  }

  get size() {
    let size = this.own + (this.hasMore ? 1 : 0)
    for (const branch of this.open.values()) size += branch.size
    return size
  }

  /** Finds a row by its position among all rows below this branch. */
  at(position) {
    let rest = position
    for (const [index, branch] of [...this.open].sort(([a], [b]) => a - b)) {
      if (rest <= index) break
      if (rest <= index + branch.size) return branch.at(rest - index - 1)
      rest -= branch.size
    }
    return { branch: this, index: rest }
  }

  rowAt(index) {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE]
  }
}

export class Tree {
  /** Counts changes, for those who show the tree. */
  version = signal(0)
  #load
  #keyOf
  #canOpen
  #opened
  #onOpened
  #abort = new AbortController()

  /**
   * @param {object} options
   * @param {(row: object | null, page: { offset: number, limit: number }, abort: AbortSignal) => Promise<{ total: number, rows: object[] }>} options.load
   * @param {(row: object) => string} options.keyOf
   * @param {(row: object) => boolean} [options.canOpen]
   * @param {string[]} [options.opened] keys of the rows that are open from the start
   * @param {(keys: string[]) => void} [options.onOpened] called with the keys of all open rows when they change
   */
  constructor({ load, keyOf, canOpen = () => false, opened = [], onOpened = () => {} }) {
    this.#load = load
    this.#keyOf = keyOf
    this.#canOpen = canOpen
    this.#opened = new Set(opened)
    this.#onOpened = onOpened
    this.root = new Branch(null, null, 0)
  }

  get size() {
    return this.root.size
  }

  get isEmpty() {
    return this.root.total === 0
  }

  canOpen(row) {
    return this.#canOpen(row)
  }

  keyOf(row) {
    return this.#keyOf(row)
  }

  /**
   * Returns what is at a position: a row, or `undefined` for a row that is not here yet; `isMore` for the row that stands
   * for the rest of a branch.
   */
  at(position) {
    const { branch, index } = this.root.at(position)
    return {
      branch,
      index,
      depth: branch.depth,
      row: branch.rowAt(index),
      isMore: branch.hasMore && index === branch.own,
      isOpen: branch.open.has(index),
      error: branch.total === null ? branch.error : null
    }
  }

  /** Fetches rows that are missing between two positions. */
  want(from, to) {
    for (let position = from; position < to; position++) {
      const { branch, index } = this.root.at(position)
      if (branch.error !== null) continue
      if (branch.total === null || index < branch.own) this.#fetch(branch, Math.floor(index / PAGE))
    }
  }

  /** Opens or closes the row at a position; shows more rows if it stands for more. */
  toggle(position) {
    const { branch, index, row, isMore, isOpen } = this.at(position)
    if (isMore) branch.shown *= MORE
    else if (isOpen) this.#close(branch, index, row)
    else if (row !== undefined && this.#canOpen(row)) {
      this.#open(branch, index, row)
      this.#opened.add(this.#keyOf(row))
    } else return
    this.#onOpened([...this.#opened])
    this.version.value++
  }

  /** Tries again what failed. */
  retry(branch) {
    branch.error = null
    this.version.value++
  }

  /** Returns the rows that are here, in order, with their depths. */
  *loaded(most) {
    for (let position = 0; position < Math.min(this.size, most); position++) {
      const { row, depth } = this.at(position)
      if (row !== undefined) yield { row, depth }
    }
  }

  stop() {
    this.#abort.abort()
  }

  #open(branch, index, row) {
    branch.open.set(index, new Branch(branch, row, branch.depth + 1))
  }

  #close(branch, index, row) {
    branch.open.delete(index)
    this.#opened.delete(this.#keyOf(row))
  }

  async #fetch(branch, page) {
    if (branch.pages.has(page)) return
    // Stands for rows that are on their way.
    branch.pages.set(page, [])
    try {
      const where = { offset: page * PAGE, limit: PAGE }
      const answer = await this.#load(branch.row, where, this.#abort.signal)
      if (this.#abort.signal.aborted) return
      if (page === 0) branch.answer = answer
      branch.total = answer.total
      branch.pages.set(page, answer.rows)
      answer.rows.forEach((row, i) => {
        const index = page * PAGE + i
        const isOpened = this.#opened.has(this.#keyOf(row)) && this.#canOpen(row)
        // A cycle of retainers would open itself without end.
        if (isOpened && !hasAbove(branch, row, this.#keyOf)) this.#open(branch, index, row)
      })
    } catch (error) {
      if (this.#abort.signal.aborted) return
      branch.pages.delete(page)
      branch.error = error
    }
    this.version.value++
  }
}

function hasAbove(branch, row, keyOf) {
  for (let at = branch; at.row !== null; at = at.parent) {
    if (keyOf(at.row) === keyOf(row)) return true
  }
  return false
}

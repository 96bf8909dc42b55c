'use strict'

/** Runs `seep top`: looks every two seconds, and at once when a key is pressed. */

const { Terminal } = require('./terminal')
const { Watcher } = require('./watcher')
const { draw, holdersOf } = require('./view')

const EVERY_MS = 2000

class Top {
  #watcher
  #streams
  #terminal
  #hasColours
  #timer
  #isLooking = false
  #isDue = false
  #end
  #state
  /** Resolves when the user has had enough. */
  ended

  /**
   * @param {string | null} only the name of the only process to watch
   * @param {{ input: NodeJS.ReadStream, output: NodeJS.WriteStream, hasColours: boolean }} options
   */
  constructor(only, { input, output, hasColours }) {
    this.#watcher = new Watcher(only)
    this.#hasColours = hasColours
    this.#state = {
      isAlone: only !== null,
      view: only === null ? 'list' : 'process',
      selected: only,
      leak: 0,
      scroll: 0,
      note: null
    }
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#streams = { input, output }
  }

  /** Rejects if the only process cannot be asked. */
  async run() {
    // Before the terminal is taken: what is wrong with the command line is printed below it.
    await this.#watcher.look(this.#state.selected)
    this.#select(0)
    this.#terminal = new Terminal(this.#streams, {
      onKey: (name) => this.#press(name),
      onResize: () => this.#draw()
    })
    this.#draw()
    void this.#watch()
    await this.ended
    clearTimeout(this.#timer)
    this.#terminal.close()
  }

  async #watch() {
    await this.#look()
    this.#timer = setTimeout(() => void this.#watch(), EVERY_MS)
  }

  /** Looks now, or once more if it is looking. */
  async #look() {
    this.#isDue = true
    if (this.#isLooking) return
    this.#isLooking = true
    while (this.#isDue) {
      this.#isDue = false
      try {
        await this.#watcher.look(this.#state.selected)
      } catch (error) {
        this.#state.note = error.message
      }
      this.#select(0)
      this.#draw()
    }
    this.#isLooking = false
  }

  #draw() {
    if (this.#terminal === undefined) return
    const { columns, rows } = this.#terminal.size
    const state = {
      ...this.#state,
      rows: this.#watcher.rows,
      problems: this.#watcher.problems,
      now: Date.now()
    }
    this.#terminal.show(draw(state, { columns, rows: rows - 1, hasColours: this.#hasColours }))
  }

  #press(name) {
    const state = this.#state
    state.note = null
    if (name === 'q') return this.#end()
    if (name === 'up' || name === 'k') this.#move(-1)
    else if (name === 'down' || name === 'j') this.#move(1)
    else if (name === 'return' || name === 'right') this.#enter()
    else if (name === 'escape' || name === 'left' || name === 'backspace') this.#back()
    else if (name === 'c') void this.#check()
    this.#draw()
  }

  #move(by) {
    const state = this.#state
    if (state.view === 'list') return this.#select(by)
    if (state.view === 'leak') state.scroll = Math.max(0, state.scroll + by)
    else state.leak = Math.max(0, Math.min(this.#holders().length - 1, state.leak + by))
  }

  /** Moves the selection in the list; the process that was selected may be gone. */
  #select(by) {
    const names = this.#watcher.rows.map(({ name }) => name)
    const at = names.indexOf(this.#state.selected)
    const next = names[Math.max(0, Math.min(names.length - 1, at + by))] ?? null
    if (next === this.#state.selected) return
    if (by === 0) this.#state.view = this.#state.isAlone ? 'process' : 'list'
    this.#state.selected = next
    this.#state.leak = 0
    // Its report comes with the next look.
    if (by !== 0) void this.#look()
  }

  #enter() {
    const state = this.#state
    if (state.selected === null) return
    if (state.view === 'list') state.view = 'process'
    else if (state.view === 'process' && this.#holders().length > 0) {
      state.view = 'leak'
      state.scroll = 0
    }
  }

  #back() {
    const state = this.#state
    if (state.view === 'leak') state.view = 'process'
    else if (state.view === 'process' && !state.isAlone) state.view = 'list'
  }

  async #check() {
    const { selected } = this.#state
    if (selected === null) return
    this.#state.note = `${selected} looks for leaks …`
    try {
      await this.#watcher.check(selected)
      this.#state.note = null
    } catch (error) {
      this.#state.note = error.message
    }
    await this.#look()
  }

  #holders() {
    const row = this.#watcher.rows.find(({ name }) => name === this.#state.selected)
    return row === undefined ? [] : holdersOf(row)
  }
}

module.exports = { Top }

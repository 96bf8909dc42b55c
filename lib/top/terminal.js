'use strict'

/** The terminal while a full-screen view has it: the other screen, keys without enter, and everything back at the end. */

const readline = require('node:readline')
const { libraries } = require('./bundle')

const ENTER = '\u001b[?1049h\u001b[2J\u001b[H'
const LEAVE = '\u001b[?25h\u001b[?1049l'
/** Of a terminal that does not know its size, as that of a new container. */
const USUAL = { columns: 80, rows: 24 }
const CLEAR = '\u001b[2J\u001b[H'

class Terminal {
  #input
  #output
  #write = null
  #onKey
  #onResize
  #isOpen = false
  #leave = () => this.close()
  #resume = () => this.#open()
  #resized = () => {
    this.#output.write(CLEAR)
    this.#begin()
  }
  #pressed = (_, key) => {
    if (key.ctrl && key.name === 'z') return this.#suspend()
    this.#onKey(key.ctrl && key.name === 'c' ? 'q' : key.name)
  }

  /**
   * @param {{ input: NodeJS.ReadStream, output: NodeJS.WriteStream }} streams
   * @param {{ onKey: (name: string) => void, onResize: () => void }} events
   */
  constructor({ input, output }, { onKey, onResize }) {
    this.#input = input
    this.#output = output
    this.#onKey = onKey
    this.#onResize = onResize
    readline.emitKeypressEvents(input)
    input.on('keypress', this.#pressed)
    output.on('resize', this.#resized)
    process.on('exit', this.#leave)
    // Before Node prints the error, which the other screen would take with it.
    process.on('uncaughtExceptionMonitor', this.#leave)
    process.on('SIGCONT', this.#resume)
    this.#open()
  }

  get size() {
    const { columns, rows } = this.#output
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows }
  }

  /** @param {string[]} lines one less than the rows of the screen, because the cursor stands in the line below them */
  show(lines) {
    if (this.#isOpen) this.#write(lines.join('\n'))
  }

  /** Gives the terminal back. */
  close() {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#input.setRawMode(false)
    this.#input.pause()
    this.#output.write(LEAVE)
  }

  #open() {
    this.#isOpen = true
    this.#output.write(ENTER)
    this.#input.setRawMode(true)
    this.#input.resume()
    this.#begin()
  }

  /** Draws on an empty screen. */
  #begin() {
    const write = (text) => this.#output.write(text)
    this.#write = libraries().createLogUpdate({ isTTY: true, write, ...this.size })
    this.#onResize()
  }

  #suspend() {
    this.close()
    process.kill(process.pid, 'SIGTSTP')
  }
}

module.exports = { Terminal }

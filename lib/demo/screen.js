'use strict'

/**
 * The output of the demo. On a terminal, the memory line is live and coloured. Elsewhere (a
 * pipe, CI), there are plain lines every few seconds.
 */

const path = require('node:path')
const { bytes, count, describeOrigin, milliseconds, place, plural } = require('../describe')
const { sparkline } = require('../sparkline')
const { wrap } = require('../wrap')

const ROOT = path.join(__dirname, '..', '..')

const HISTORY = 24
const PLAIN_EVERY_MS = 5000
const ADVICE_WIDTH = 96

const WORDS = {
  'insufficient-data': 'too early to say',
  suspected: 'something is growing, but not for long enough yet to call it a leak',
  leak: 'leak',
  healthy: 'healthy',
  'native-growth': 'memory grows outside the JavaScript heap'
}

class Screen {
  #out
  #live
  #colours
  #beganAt = 0
  #heap = []
  #lineIsOpen = false
  #plainAt = 0
  #checks = 0

  /** @param {NodeJS.WriteStream} out */
  constructor(out) {
    this.#out = out
    this.#live = Boolean(out.isTTY)
    this.#colours = this.#live && !process.env.NO_COLOR && out.getColorDepth() > 1
  }

  title(name, where) {
    this.#print(`\n  ${this.#paint('1', name)}  ${this.#paint('2', where)}`)
  }

  chapter(number, title, file, lines) {
    this.#beganAt = Date.now()
    this.#plainAt = 0
    this.#heap = []
    this.#checks = 0
    this.#print(`\n  ${this.#paint('1', `${number}  ${title}`)}  ${this.#paint('2', file)}`)
    for (const line of lines) this.note(line)
  }

  note(text) {
    this.#print(`     ${this.#paint('2', text)}`)
  }

  /** The memory line: rewritten in place on a terminal. */
  memory(heapUsed, requests) {
    this.#heap.push(heapUsed)
    if (this.#heap.length > HISTORY) this.#heap.shift()
    const amount = bytes(heapUsed).padStart(8)
    if (this.#live) {
      const chart = this.#paint('36', sparkline(this.#heap).padEnd(HISTORY))
      this.#out.write(
        `\r\x1b[2K     ${this.#time()}  heap ${amount}  ${chart}  ${requests} requests`
      )
      this.#lineIsOpen = true
    } else if (Date.now() - this.#plainAt >= PLAIN_EVERY_MS) {
      this.#plainAt = Date.now()
      this.#print(`     ${this.#time()}  heap ${amount}  ${requests} requests`)
    }
  }

  check({ verdict, snapshot, cost }) {
    this.#checks += 1
    const colour = { leak: '31', suspected: '33', healthy: '32' }[verdict] ?? '0'
    const word = this.#paint(colour, WORDS[verdict] ?? verdict)
    const kept = `heap ${bytes(snapshot.selfBytes)}, ${plural(snapshot.nodes, 'object')}`
    const detail = `${kept}, pause ${milliseconds(cost.pauseMs)}`
    this.#print(`     ${this.#time()}  check ${this.#checks}: ${word}  ${this.#paint('2', detail)}`)
  }

  skip({ code, message }) {
    this.#print(`     ${this.#time()}  ${this.#paint('33', 'skipped')}: ${message} (${code})`)
  }

  leak(leak) {
    const { container, items, growth } = leak
    const source = path.relative(ROOT, place(container.location))
    const rows = [
      ['items', `${items.label} in ${container.label} "${container.name}"`],
      ['count', growth.counts.map(count).join(' → ')],
      ['growth', `${bytes(growth.bytesPerHour)} per hour`],
      ['retained', bytes(container.retainedBytes)],
      ['location', source],
      ['origin', describeOrigin(leak)],
      ['fingerprint', leak.id]
    ]
    this.#print(`\n     ${this.#paint('1;31', 'LEAK')}  ${this.#paint('1', leak.title)}\n`)
    for (const [label, text] of rows) {
      if (text) this.#print(`     ${this.#paint('2', label.padEnd(12))} ${text}`)
    }
    this.#print('')
    for (const line of leak.pathText.trimEnd().split('\n')) this.#print(`     ${line}`)
    const [first, ...rest] = wrap(leak.advice, ADVICE_WIDTH)
    this.#print(`\n     ${this.#paint('1', 'advice')}  ${first}`)
    for (const line of rest) this.#print(`             ${line}`)
  }

  healthy({ snapshot, memory }) {
    const figures = `${plural(snapshot.nodes, 'object')}, heap ${bytes(memory.heapUsedBytes)}`
    this.#print(
      `\n     ${this.#paint('1;32', 'HEALTHY')}  nothing grows  ${this.#paint('2', figures)}\n`
    )
  }

  failure(problem) {
    this.#print(`\n     ${this.#paint('1;31', 'The demo failed')}: ${problem}\n`)
  }

  endLive() {
    if (this.#lineIsOpen) this.#out.write('\n')
    this.#lineIsOpen = false
  }

  #time() {
    const seconds = Math.round((Date.now() - this.#beganAt) / 1000)
    return this.#paint('2', `${String(seconds).padStart(3)} s`)
  }

  #paint(code, text) {
    return this.#colours ? `\x1b[${code}m${text}\x1b[0m` : text
  }

  #print(line) {
    // Clears the live line, which is drawn again half a second later.
    const clear = this.#lineIsOpen ? '\r\x1b[2K' : ''
    this.#lineIsOpen = false
    this.#out.write(`${clear}${line}\n`)
  }
}

module.exports = { Screen }

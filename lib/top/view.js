'use strict'

/** Draws the screen of `seep top` as lines. Reads nothing and remembers nothing. */

const { bytes, count, describeLeak, describeOrigin, place, whereToLook } = require('../describe')
const { duration, percent, perHour, timeText } = require('../page/view/format')
const { answer } = require('../page/view/verdict')
const { growthCell, noProcess, verdictCell } = require('../socket/figures')
const { sparkline } = require('../sparkline')
const { wrap } = require('../wrap')
const { cut, oneLine, pad, paints, widthOf } = require('./text')

/**
 * @typedef {object} State
 * @property {import('./watcher').Row[]} rows
 * @property {string[]} problems
 * @property {'list' | 'process' | 'leak'} view
 * @property {boolean} isAlone whether only one process is watched
 * @property {string | null} selected name of a process
 * @property {number} leak index of the selected leak
 * @property {number} scroll lines by which the text of a leak is scrolled
 * @property {string | null} note what has just happened
 * @property {number} now
 */

const TONES = { leak: 'red', suspected: 'yellow', 'native-growth': 'yellow', healthy: 'green' }
const KEYS = {
  list: '↑↓ select   enter open   c check now   q quit',
  process: '↑↓ select   enter open   ← back   c check now   q quit',
  leak: '↑↓ scroll   ← back   q quit'
}

/** Lines about processes that do not answer. */
const MOST_PROBLEMS = 3
const FLOOR_WIDTH = 24
/** Columns of the list: head, text, and whether it is a figure, which is aligned at its end. */
const COLUMNS = [
  ['pid', ({ name }) => name],
  ['up', ({ status }, now) => duration(now - Date.parse(status.startedAt)), true],
  ['verdict', ({ status }) => verdictCell(status)],
  ['heap', ({ status }) => bytes(status.memory.heapUsedBytes), true],
  ['rss', ({ status }) => bytes(status.memory.rssBytes), true],
  ['growth', ({ status }) => growthCell(status), true]
]
/** Only in wide terminals. */
const FLOOR = ['floor', ({ samples }) => trend(samples.floorBytes, FLOOR_WIDTH)]
const WIDE = 120

/** Draws the latest samples, so many per bar that all fit. */
function trend(values, width) {
  const per = Math.max(1, Math.ceil(values.length / width))
  const bars = []
  for (let at = 0; at < values.length; at += per) bars.push(Math.max(...values.slice(at, at + per)))
  return sparkline(bars, Math.min(...bars))
}

/**
 * @param {State} state
 * @param {{ columns: number, rows: number, hasColours: boolean }} terminal
 * @returns {string[]} at most `rows` lines
 */
function draw(state, { columns, rows, hasColours }) {
  const paint = paints(hasColours)
  const row = state.rows.find(({ name }) => name === state.selected) ?? null
  const view = row === null ? 'list' : state.view
  const body = [
    ...title(state, paint),
    ...BODIES[view](state, row, { columns, rows: rows - 3, paint })
  ]
  const shown = body.slice(0, rows - 1)
  while (shown.length < rows - 1) shown.push('')
  shown.push(paint.dim(state.note === null ? keysOf(view, state.isAlone) : oneLine(state.note)))
  return shown.map((line) => cut(line, columns))
}

function keysOf(view, isAlone) {
  return view === 'process' && isAlone ? KEYS.process.replace('← back   ', '') : KEYS[view]
}

function title({ rows, now }, paint) {
  const number = rows.length === 1 ? '1 process' : `${rows.length} processes`
  return [`${paint.bold('seep top')}  ${paint.dim(`${number}, ${timeText(now, now)}`)}`, '']
}

const BODIES = {
  list(state, row, room) {
    const { columns, paint } = room
    if (state.rows.length === 0) {
      return [...wrap(noProcess(state.problems), columns), ...state.problems.map(oneLine)]
    }
    const { head, rows } = table(state, columns)
    const lines = state.rows.map((each, i) => {
      const cells = rows[i].map((text, column) => {
        return COLUMNS[column]?.[0] === 'verdict' ? tone(paint, each.status.verdict)(text) : text
      })
      const isSelected = each === row
      const mark = isSelected ? paint.cyan('▸ ') : '  '
      const program = oneLine(each.problem ?? each.status.program)
      return `${mark}${cells.join('  ')}  ${isSelected ? paint.bold(program) : program}`
    })
    // At most half of the screen: the rest is for the selected one.
    const most = Math.max(1, Math.floor(room.rows / 2) - 1)
    const at = state.rows.indexOf(row)
    const from = Math.max(0, Math.min(at - (most >> 1), lines.length - most))
    const more = lines.length > most ? [paint.dim(`  ${lines.length - most} more`)] : []
    return [
      paint.dim(`  ${head.join('  ')}  program`),
      ...lines.slice(from, from + most),
      ...more,
      ...state.problems.slice(0, MOST_PROBLEMS).map((it) => paint.yellow(`  ${oneLine(it)}`)),
      '',
      ...(row === null ? [] : details(state, row, room, false))
    ]
  },
  process(state, row, room) {
    return details(state, row, room, true)
  },
  leak(state, row, { columns, rows }) {
    const leak = holdersOf(row)[state.leak]
    if (leak === undefined)
      return details(state, row, { columns, rows, paint: paints(false) }, true)
    const text = describeLeak(leak)
      .split('\n')
      .flatMap((line) => indented(line, columns))
    const { counts } = leak.growth
    const more = [
      '',
      ...wrap(`counts  ${counts.map(count).join(' → ')}`, columns),
      `fingerprint  ${oneLine(leak.id)}`
    ]
    const lines = [...text, ...more]
    return lines.slice(Math.min(state.scroll, Math.max(0, lines.length - rows)))
  }
}

/** Returns the cells of the list, each column as wide as its widest cell. */
function table({ rows, now }, columns) {
  const used = columns < WIDE ? COLUMNS : [...COLUMNS, FLOOR]
  const texts = rows.map((row) => used.map(([, textOf]) => oneLine(textOf(row, now))))
  const widths = used.map(([head], i) =>
    Math.max(...[head, ...texts.map((row) => row[i])].map(widthOf))
  )
  const padded = (cells) => cells.map((text, i) => pad(text, widths[i], used[i][2]))
  return { head: padded(used.map(([head]) => head)), rows: texts.map(padded) }
}

/** Wraps a line, and keeps its indentation. */
function indented(line, columns) {
  const space = /^ */.exec(line)[0]
  return wrap(line.slice(space.length), columns - space.length).map((part) => space + part)
}

function tone(paint, verdict) {
  return paint[TONES[verdict]] ?? paint.dim
}

/** Returns the leaks and suspects of the last check. */
function holdersOf({ report }) {
  const check = report?.check ?? null
  return check === null ? [] : [...check.leaks, ...check.suspects]
}

/** Returns what is known of one process. */
function details(state, row, { columns, paint }, isOpen) {
  const { status, report, problem } = row
  const name = `${oneLine(row.name)}  ${oneLine(status.program)}`
  const ran = duration(state.now - Date.parse(status.startedAt))
  const facts = paint.dim(`Node ${oneLine(status.node)}, up ${ran}`)
  const lines = [`${paint.bold(name)}  ${facts}`]
  if (problem !== null) lines.push(paint.yellow(oneLine(problem)))
  if (report !== null) {
    const { title: verdict, text } = answer(report)
    const checking = status.detector.checking ? paint.cyan('  checking…') : ''
    lines.push(`${tone(paint, status.verdict)(oneLine(verdict))}${checking}`)
    lines.push(...wrap(oneLine(text), columns - 2).map((line) => `  ${line}`))
  }
  return [
    ...lines,
    '',
    ...floors(row, columns, paint),
    '',
    ...holders(state, row, columns, paint, isOpen)
  ]
}

const FLOORS = {
  'after collection': 'floorBytes',
  'heap used': 'heapUsedBytes',
  external: 'externalBytes',
  resident: 'rssBytes'
}
const SIGNALS = {
  heap: 'The heap',
  arrayBuffers: 'ArrayBuffer memory',
  external: 'External memory',
  resident: 'Resident memory'
}

/** Returns the memory of a process over time, and what of it grows. */
function floors({ samples, status }, columns, paint) {
  const width = Math.max(8, Math.min(columns - 52, 100))
  const lines = Object.entries(FLOORS).map(([label, column]) => {
    const values = samples[column]
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const span = paint.dim(pad(`${bytes(low)} – ${bytes(high)}`, 17))
    const bars = paint.cyan(trend(values, width))
    return `  ${pad(label, 17)}${pad(bytes(values.at(-1) ?? 0), 7, true)}  ${span}  ${bars}`
  })
  const { growth } = status.detector
  if (growth === null) return lines
  const what = SIGNALS[growth.signal] ?? oneLine(growth.signal)
  return [
    ...lines,
    `  ${what} has grown by ${bytes(growth.bytes)} (${percent(growth.share)}) since the last capture.`
  ]
}

/** Columns for the name of a holder. */
const NARROWEST = 12
const WIDEST = 80

/** Returns the holders that grow, with the fastest first within leaks and suspects. */
function holders(state, row, columns, paint, isOpen) {
  const all = holdersOf(row)
  if (all.length === 0) return []
  return all.flatMap((leak, i) => {
    const isSelected = isOpen && i === state.leak
    const mark = isSelected ? paint.cyan('▸ ') : '  '
    const kind = leak.verdict === 'leak' ? paint.red(pad('LEAK', 6)) : paint.yellow(pad('grows', 6))
    const { items, container, growth } = leak
    const holder = [container.label, container.name].filter(Boolean).join(' ')
    const held = bytes(growth.retainedBytes.at(-1) ?? items.exclusiveBytes)
    const figures = `${count(items.count)}, ${held}, ${perHour(growth.bytesPerHour)}`
    const room = Math.max(NARROWEST, Math.min(columns - 10 - figures.length, WIDEST))
    const heading = `${mark}${kind}${pad(oneLine(`${items.label} in ${holder}`), room)}  ${figures}`
    const more = [place(whereToLook(leak)), describeOrigin(leak)].filter((it) => it !== '')
    return [
      isSelected ? paint.bold(heading) : heading,
      ...more.map((it) => paint.dim(`        ${oneLine(it)}`))
    ]
  })
}

module.exports = { draw, holdersOf }

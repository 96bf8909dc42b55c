'use strict'

/** Formats reports as text. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Formats with one decimal below ten. 9.96 becomes 10, not 10.0. */
function rounded(value) {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value))
}

/** Formats a size exactly as the titles of reports do (`bytes` in src/explain/text.rs). */
function bytes(count) {
  if (Math.round(count) < 1000) return `${Math.round(count)} B`
  let value = count
  let unit = 0
  // Compares the rounded value: 999.6 kB is 1.0 MB, not 1000 kB.
  while (Math.round(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${rounded(value)} ${UNITS[unit]}`
}

/** Formats a number with grouped digits, as the titles of reports do. */
function count(number) {
  return Math.round(number).toLocaleString('en-US')
}

function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** Formats a difference with its sign, in the unit of `text`. */
function signed(difference, text = bytes) {
  return `${difference < 0 ? '-' : '+'}${text(Math.abs(difference))}`
}

function milliseconds(value) {
  return Math.round(value) < 1000 ? `${rounded(value)} ms` : `${(value / 1000).toFixed(1)} s`
}

/** Escapes control characters except line ends: names come from the program's memory and must not control the terminal. */
function visible(text) {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (it) =>
    it === '\n' ? it : `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

function place(location) {
  if (location?.file == null) return ''
  return location.line === null ? location.file : `${location.file}:${location.line}`
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '  ')
}

/**
 * Returns the best location to look at: that of the container or the items, or else the last one on the path. A location in
 * Node is only used if there is no other.
 */
function whereToLook({ container, items, path }) {
  const steps = path.map(({ location }) => location).reverse()
  const places = [container.location, items.location, ...steps].filter((it) => it?.file != null)
  return places.find(({ file }) => !file.startsWith('node:')) ?? places[0] ?? null
}

/** Returns a frame of a stack, such as `handle (src/app.js:12)`. */
function frame({ functionName, label }) {
  const where = label ?? ''
  if (functionName === null) return where
  return where === '' ? functionName : `${functionName} (${where})`
}

/** The share of bytes that a function must have allocated to be named: most of V8's own objects have no stack. */
const LEAST_CREATED = 0.1

/** Whether a function (CreatedIn of index.d.ts, or undefined) allocated enough of so many bytes to be named. */
function isCreator(createdIn, size) {
  return createdIn !== undefined && createdIn.bytes >= LEAST_CREATED * size
}

/** What a stack says of the objects of a leak, if not that it creates the items. */
const CREATED = { content: 'contents created in', unknown: 'what stays alive is created in' }

/** Returns how to say that a leak was created in a function. */
function howCreated(createdIn) {
  return CREATED[createdIn?.role] ?? 'created in'
}

/** Returns which code created the leaked objects and which stored them; empty if neither is known. */
function describeOrigin({ allocations }) {
  const { createdIn = null, storedIn = null } = allocations ?? {}
  const parts = []
  if (createdIn !== null) {
    parts.push(`${howCreated(createdIn)} ${frame(createdIn)}`)
  }
  if (storedIn !== null) parts.push(`stored in ${frame(storedIn)}`)
  return parts.join(', ')
}

/** Returns a leak in one line. */
function headline({ verdict, title }) {
  return visible(`seep: ${verdict === 'leak' ? 'memory leak' : 'suspected leak'}: ${title}`)
}

function describeLeak(leak) {
  const source = place(whereToLook(leak))
  const origin = describeOrigin(leak)
  const lines = [
    headline(leak),
    ...(source === '' ? [] : [indent(`at ${source}`)]),
    ...(origin === '' ? [] : [indent(origin)]),
    '',
    indent(leak.pathText.trimEnd()),
    '',
    indent(leak.advice)
  ]
  return visible(lines.join('\n'))
}

/** Describes a leak that has ended, or that is reported with its holder from now on. */
function describeResolved({ title, id, replacedBy }) {
  if (replacedBy !== undefined) {
    return visible(`seep: holder found, now reported as ${replacedBy}: ${title} (${id})`)
  }
  return visible(`seep: resolved, no longer growing: ${title} (${id})`)
}

/** Describes a detector that is watching although nothing has been logged for long. */
function describeWatching({ rounds, captures, lastCheck }) {
  const last = lastCheck === null ? 'no verdict yet' : `${lastCheck.verdict} at ${lastCheck.at}`
  return `seep: watching, ${plural(captures, 'capture')} in ${plural(rounds, 'round')}, ${last}`
}

/** Describes why a detector with the option `socket` has none. */
function describeSocket({ problem }) {
  return visible(`seep: ${problem}`)
}

/** Returns what of a check is growth outside the heap; null if nothing is, or if it only explains where memory is. */
function nativeGrowth({ native }) {
  return native?.isGrowth === false ? null : native
}

/** Returns growth outside the heap in one line. */
function memoryHeadline({ title }) {
  return visible(`seep: memory growth: ${title}`)
}

function describeMemoryGrowth(growth) {
  const { culprits, advice } = growth
  const lines = [
    memoryHeadline(growth),
    ...(culprits.length === 0 ? [] : [indent(culprits.join(', '))]),
    '',
    indent(advice)
  ]
  return visible(lines.join('\n'))
}

/** What a limit of memory belongs to. */
const LIMITS = {
  group: 'the control group (container)',
  heap: 'the JavaScript heap'
}

/** Formats a time that is left. */
function left(ms) {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return 'less than a minute'
  if (minutes < 120) return plural(minutes, 'minute')
  return plural(minutes / 60, 'hour')
}

/** Describes when memory runs out at the present rate. */
function describeExhaustion({ limit, limitBytes, usedBytes, bytesPerHour, leftMs }) {
  const use = `${bytes(usedBytes)} of ${bytes(limitBytes)} in use, ${bytes(bytesPerHour)}/h more`
  return `seep: the memory of ${LIMITS[limit]} runs out in ${left(leftMs)}: ${use}`
}

/** Describes a check in one line, with the title of the first suspect. */
function describeCheck({ verdict, leaks, suspects, snapshot, cost, memory }) {
  const parts = [`seep: check ${verdict}`]
  if (leaks.length > 0) parts.push(`${leaks.length} confirmed`)
  if (suspects.length > 0) parts.push(`${suspects.length} growing`)
  if (memory !== null) parts.push(`heap ${bytes(memory.heapUsedBytes)}`)
  if (snapshot !== null) parts.push(plural(snapshot.nodes, 'object'))
  if (cost !== null) parts.push(`pause ${milliseconds(cost.pauseMs)} (${cost.capture})`)
  const line = parts.join(', ')
  // A confirmed leak has a line of its own.
  if (leaks.length > 0 || suspects.length === 0) return line
  const more = suspects.length === 1 ? '' : `; and ${suspects.length - 1} more`
  return visible(`${line}; growing: ${suspects[0].title}${more}`)
}

function describeSkip({ code, message }) {
  return `seep: round skipped: ${message} (${code})`
}

module.exports = {
  bytes,
  count,
  describeCheck,
  describeExhaustion,
  describeLeak,
  describeMemoryGrowth,
  describeOrigin,
  describeResolved,
  describeSkip,
  describeSocket,
  describeWatching,
  frame,
  headline,
  howCreated,
  isCreator,
  memoryHeadline,
  milliseconds,
  nativeGrowth,
  place,
  plural,
  signed,
  visible,
  whereToLook
}

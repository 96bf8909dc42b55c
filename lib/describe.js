'use strict'

/** Reports as text for a person. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** One decimal below ten. What rounds to ten has none: 9.96 is 10, not 10.0. */
function rounded(value) {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value))
}

/** In decimal units, as the titles of reports have them. */
function bytes(count) {
  if (Math.round(count) < 1000) return `${Math.round(count)} B`
  let value = count
  let unit = 0
  // Compared as it is shown: 999.6 kB is 1.0 MB, not 1000 kB.
  while (Math.round(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${rounded(value)} ${UNITS[unit]}`
}

/** With its digits in groups, as the titles of reports have them. */
function count(number) {
  return Math.round(number).toLocaleString('en-US')
}

function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`
}

function milliseconds(value) {
  return Math.round(value) < 1000 ? `${rounded(value)} ms` : `${(value / 1000).toFixed(1)} s`
}

/** Names come from the program's memory: they must not command the terminal. Line ends stay. */
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
 * Where in the program a leak is best looked at: what holds it or makes it, else the last place on the path. A place in Node
 * only where there is no other.
 */
function whereToLook({ container, items, path }) {
  const steps = path.map(({ location }) => location).reverse()
  const places = [container.location, items.location, ...steps].filter((it) => it?.file != null)
  return places.find(({ file }) => !file.startsWith('node:')) ?? places[0] ?? null
}

/** `handle (src/app.js:12)`. */
function frame({ functionName, label }) {
  const where = label ?? ''
  if (functionName === null) return where
  return where === '' ? functionName : `${functionName} (${where})`
}

/** Which code made the leaked objects, and which stored them: no line where neither is known. */
function describeOrigin({ allocations }) {
  const { createdIn = null, storedIn = null } = allocations ?? {}
  const parts = []
  if (createdIn !== null) parts.push(`created in ${frame(createdIn)}`)
  if (storedIn !== null) parts.push(`stored in ${frame(storedIn)}`)
  return parts.join(', ')
}

function describeLeak(leak) {
  const source = place(whereToLook(leak))
  const origin = describeOrigin(leak)
  const lines = [
    `seep: ${leak.verdict === 'leak' ? 'memory leak' : 'suspected leak'}: ${leak.title}`,
    ...(source === '' ? [] : [indent(`at ${source}`)]),
    ...(origin === '' ? [] : [indent(origin)]),
    '',
    indent(leak.pathText.trimEnd()),
    '',
    indent(leak.advice)
  ]
  return visible(lines.join('\n'))
}

/** A leak that is over. */
function describeResolved({ title, id }) {
  return visible(`seep: resolved, no longer growing: ${title} (${id})`)
}

/** That the detector is there, when nothing else has been logged for long. */
function describeWatching({ rounds, captures, lastCheck }) {
  const last = lastCheck === null ? 'no verdict yet' : `${lastCheck.verdict} at ${lastCheck.at}`
  return `seep: watching, ${plural(captures, 'capture')} in ${plural(rounds, 'round')}, ${last}`
}

/** One line; what grows is named, the rest of it is in its report. */
function describeCheck({ verdict, leaks, suspects, snapshot, cost, memory }) {
  const parts = [`seep: check ${verdict}`]
  if (leaks.length > 0) parts.push(`${leaks.length} confirmed`)
  if (suspects.length > 0) parts.push(`${suspects.length} growing`)
  if (memory !== null) parts.push(`heap ${bytes(memory.heapUsedBytes)}`)
  if (snapshot !== null) parts.push(plural(snapshot.nodes, 'object'))
  if (cost !== null) parts.push(`pause ${milliseconds(cost.pauseMs)} (${cost.capture})`)
  const line = parts.join(', ')
  // A confirmed leak has its own line, or had it.
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
  describeLeak,
  describeOrigin,
  describeResolved,
  describeSkip,
  describeWatching,
  milliseconds,
  place,
  plural,
  visible,
  whereToLook
}

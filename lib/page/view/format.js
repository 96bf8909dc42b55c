'use strict'

/** Formats figures, locations and times for display. */

const { bytes, count, milliseconds, plural } = require('../../describe')
const { html } = require('./html')

/** Times are local in a browser, and UTC elsewhere. */
const isLocal = typeof document !== 'undefined'

function signed(number, format) {
  return number < 0 ? `−${format(-number)}` : `+${format(number)}`
}

function perHour(bytesPerHour) {
  return `${signed(bytesPerHour, bytes)}/h`
}

function percent(share) {
  return `${Math.round(share * 100)} %`
}

/** Formats the time of day, local or UTC. */
function clock(date, withSeconds = true) {
  const iso = isLocal ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000) : date
  return iso.toISOString().slice(11, withSeconds ? 19 : 16)
}

function day(date) {
  const iso = isLocal ? new Date(date.getTime() - date.getTimezoneOffset() * 60_000) : date
  return iso.toISOString().slice(0, 10)
}

/** Formats a point in time, without the date if it is on the same day as `now`. */
function timeText(at, now) {
  const date = new Date(at)
  const isToday = now !== undefined && day(date) === day(new Date(now))
  const zone = isLocal ? '' : ' UTC'
  return `${isToday ? '' : `${day(date)} `}${clock(date)}${zone}`
}

function time(at, now) {
  return html`<time datetime="${at}">${timeText(at, now)}</time>`
}

function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** Returns the full form of a location's `label`, such as `/srv/app/src/cart.js:12:3`, or '' if there is no file. */
function wholePlace(location) {
  if (location?.file == null) return ''
  return [location.file, location.line, location.line === null ? null : location.column]
    .filter((part) => part !== null)
    .join(':')
}

/** Formats text in which names are in backticks, such as titles and advice. */
function withCode(text) {
  return text
    .split(/`([^`]*)`/)
    .map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))
}

module.exports = {
  bytes,
  clock,
  count,
  duration,
  milliseconds,
  perHour,
  percent,
  plural,
  signed,
  time,
  timeText,
  wholePlace,
  withCode
}

'use strict'

/** What the rounds cost, which were skipped and why; and which classes grew. */

const { bytes, count, milliseconds, plural, signed, time } = require('./format')
const { html } = require('./html')

const MAX_ROWS = 50

const WORDS = {
  leak: { tone: 'bad', word: 'leak' },
  suspected: { tone: 'warn', word: 'growing' },
  healthy: { tone: 'good', word: 'healthy' },
  'native-growth': { tone: 'warn', word: 'native growth' },
  'insufficient-data': { tone: 'calm', word: 'too early' }
}

function bar(share) {
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.max(1, share * 100).toFixed(1)}" height="4"/></svg>`
}

function classesView({ check }) {
  const classes = check?.classes ?? []
  if (classes.length === 0) return null
  const most = classes[0].addedBytes
  return html`<h2 id="classes-heading">Classes by growth</h2>
  <p class="hint">Since the first snapshot, whatever holds the objects. Classes also grow while a program warms up.</p>
  <div class="table" role="region" aria-labelledby="classes-heading" tabindex="0"><table>
    <thead><tr><th scope="col">Class</th><th scope="col" class="num">Objects</th><th scope="col" class="num">Objects added</th><th scope="col" class="num minor">Own size</th><th scope="col" class="num">Bytes added</th></tr></thead>
    <tbody>${classes.map(
      (row) => html`<tr>
        <th scope="row"><span class="class-name">${row.label}</span>${bar(row.addedBytes / most)}</th>
        <td class="num">${count(row.count)}</td>
        <td class="num">${signed(row.addedCount, count)}</td>
        <td class="num minor">${bytes(row.selfBytes)}</td>
        <td class="num strong">${signed(row.addedBytes, bytes)}</td>
      </tr>`
    )}</tbody>
  </table></div>`
}

function checkRow({ at, verdict, leaks, suspects, snapshot, cost }, now) {
  const { tone, word } = WORDS[verdict] ?? { tone: 'calm', word: verdict }
  const found = leaks + suspects
  const child = cost?.child
  return html`<tr>
    <th scope="row">${time(at, now)}</th>
    <td class="outcome"><span class="dot" data-tone="${tone}"></span>${word}${found > 1 && ` ×${found}`}</td>
    <td class="num">${snapshot && bytes(snapshot.selfBytes)}</td>
    <td class="num strong">${cost && milliseconds(cost.pauseMs)}</td>
    <td class="num minor">${cost && milliseconds(cost.captureMs)}</td>
    <td class="num minor">${cost && milliseconds(cost.analysisMs)}</td>
    <td class="num minor">${child ? milliseconds(child.cpuMs) : 'none'}</td>
    <td class="num minor">${child && bytes(child.privateBytes)}</td>
  </tr>`
}

function skipRow({ at, code, message, count: times }, now) {
  return html`<tr class="skip">
    <th scope="row">${time(at, now)}</th>
    <td colspan="7"><span class="dot"></span>skipped${times > 1 && ` ×${count(times)}`}: ${message} <code>${code}</code></td>
  </tr>`
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

/** Summarizes the cost so far in one sentence. */
function summary({ rounds, status }) {
  const costs = rounds.flatMap(({ cost }) => cost ?? [])
  const pauses = costs.map(({ pauseMs }) => pauseMs)
  const skips = Object.entries(status?.skips ?? {}).sort(([, a], [, b]) => b - a)
  return html`<p class="hint">${
    pauses.length > 0 &&
    html`Median event-loop pause: ${milliseconds(median(pauses))} over ${plural(pauses.length, 'capture')} (longest ${milliseconds(Math.max(...pauses))}). `
  }${
    skips.length > 0 &&
    html`Skipped: ${skips.map(([code, times], i) => html`${i > 0 && ', '}<code>${code}</code> ${count(times)}×`)}.`
  }</p>`
}

function roundsView(state) {
  const { rounds } = state
  if (rounds.length === 0) return null
  const latest = rounds.slice(-MAX_ROWS).reverse()
  return html`<h2 id="rounds-heading">Rounds and their cost</h2>
  ${summary(state)}
  <div class="table" role="region" aria-labelledby="rounds-heading" tabindex="0"><table>
    <thead><tr><th scope="col">Time</th><th scope="col">Outcome</th><th scope="col" class="num">Heap</th><th scope="col" class="num">Pause</th><th scope="col" class="num minor">Capture</th><th scope="col" class="num minor">Analysis</th><th scope="col" class="num minor">Child CPU</th><th scope="col" class="num minor">Child memory</th></tr></thead>
    <tbody>${latest.map((round) => (round.kind === 'check' ? checkRow(round, state.at) : skipRow(round, state.at)))}</tbody>
  </table></div>`
}

/** Returns the value of an option as text. */
function textOf(value) {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  return text === '' ? 'none' : text
}

function optionsView({ status }) {
  if (!status?.options) return null
  const given = Object.entries(status.options)
  return html`<details class="options"><summary><h2>Options in effect</h2></summary>
    <dl class="details">${given.map(([name, value]) => html`<div><dt><code>${name}</code></dt><dd>${textOf(value)}</dd></div>`)}</dl>
  </details>`
}

module.exports = { classesView, optionsView, roundsView }

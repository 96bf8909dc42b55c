'use strict'

/** The whole page: its sections and their order. */

const { bytes, duration, time } = require('./format')
const { html } = require('./html')
const { leaksView } = require('./leak')
const { classesView, optionsView, roundsView } = require('./rounds')
const { answer, verdictView } = require('./verdict')

const LOGO = html`<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5c3.6 4.6 6 7.9 6 11.2a6 6 0 0 1-12 0c0-3.3 2.4-6.6 6-11.2Z"/><path class="logo-level" d="M7.3 13.6c1.6-1.2 3.1-1.2 4.7 0s3.1 1.2 4.7 0a4.7 4.7 0 0 1-9.4 0Z"/></svg>`

/** The series of the memory charts, the most important one first. */
const SERIES = [
  {
    name: 'floorBytes',
    label: 'After collection',
    hint: 'Used heap after a major garbage collection'
  },
  { name: 'heapUsedBytes', label: 'Heap', hint: 'JavaScript heap in use' },
  { name: 'externalBytes', label: 'External', hint: 'Buffers and native objects' },
  { name: 'rssBytes', label: 'RSS', hint: 'resident memory of the process' }
]

/** Resident memory has its own chart, because a growing heap would look flat next to it. */
const MEMORY_CHARTS = [
  {
    id: 'heap',
    label: 'JavaScript heap, and external memory of its objects',
    series: ['floorBytes', 'heapUsedBytes', 'externalBytes']
  },
  { id: 'resident', label: 'The whole process', series: ['rssBytes'] }
]

function factsView({ process, files, at }) {
  if (files !== null) return html`<span>Compared: ${files.join(', ')}</span>`
  if (process === null) return null
  const uptime = duration(Date.parse(at) - Date.parse(process.startedAt))
  return html`<span>pid ${process.pid}</span> <span>${process.host}</span> <span>Node ${process.node}</span> <span class="wide">${process.platform}</span> <span>up ${uptime}</span>`
}

function memoryView({ memory }) {
  if (memory === null) return null
  return html`<div class="panel-head">
    <h2 id="memory-heading">Memory</h2>
    <div class="switch needs-script" role="group" aria-label="Time shown">
      <button type="button" data-range="recent" aria-pressed="true">Latest</button>
      <button type="button" data-range="whole" aria-pressed="false">Since start</button>
    </div>
  </div>
  <div class="legend needs-script" role="group" aria-label="Series shown">${SERIES.map(
    ({ name, label, hint }) =>
      html`<button type="button" data-series="${name}" aria-pressed="true" title="${hint}"><span class="swatch" data-series="${name}"></span>${label} <span class="legend-value" data-value="${name}">${bytes(memory.recent[name].at(-1) ?? 0)}</span></button>`
  )}<span class="legend-mark"><span class="mark-swatch"></span>capture</span></div>
  ${MEMORY_CHARTS.map(
    ({ id, label, series }) =>
      html`<figure><figcaption class="needs-script">${label}</figcaption><div class="chart memory-chart" data-memory="${id}" role="img" aria-label="${memorySummary(memory, series)}"></div></figure>`
  )}
  <p class="hint without-script">The charts need JavaScript; the rest of this page does not.</p>`
}

/** Describes a chart in words. */
function memorySummary({ whole, recent }, names) {
  const rows = whole ?? recent
  if (rows.at.length === 0) return 'Memory over time: no samples yet'
  const parts = SERIES.filter(({ name }) => names.includes(name)).map(({ name, label }) => {
    return `${label} ${bytes(rows[name][0])} at the start, ${bytes(recent[name].at(-1) ?? rows[name].at(-1))} now`
  })
  return `Memory over time. ${parts.join('; ')}`
}

function titleOf(state, name) {
  const { title } = answer(state)
  return [title, name, state.process && `pid ${state.process.pid}`, 'seep']
    .filter(Boolean)
    .join(' · ')
}

/** Returns the sections by the id of their element; null if there is nothing to show. */
function sections(state, focus = null) {
  return {
    facts: factsView(state),
    verdict: verdictView(state),
    leaks: leaksView(state, focus),
    classes: classesView(state),
    rounds: roundsView(state),
    options: optionsView(state)
  }
}

function section(id, content, attributes = null) {
  return html`<section id="${id}" class="panel"${attributes}${content === null && html` hidden`}>${content}</section>`
}

/** How to look through the heap; the script completes the address. */
function openHint() {
  return html`<p>Look through this process's heap, on your machine: <code id="open-command">npx seep open ADDRESS-OF-THIS-PAGE</code></p>`
}

/** @param {{ name: string | null, isLive: boolean, allowCheck: boolean, allowSnapshot: boolean, focus: string | null }} page */
function bodyView(state, { name, isLive, allowCheck, allowSnapshot, focus }) {
  const parts = sections(state, focus)
  const canCheck = isLive && allowCheck && state.status.enabled && state.status.state !== 'stopped'
  return html`<a class="skip-link" href="#verdict">Skip to the verdict</a>
<header>
  <p class="brand">${LOGO}<span>seep</span>${name !== null && html` <span class="service">${name}</span>`}</p>
  <p class="facts" id="facts">${parts.facts}</p>
  <div class="actions">
    ${isLive ? html`<p class="live needs-script" id="live" data-live="on"><span class="pulse"></span><span id="live-text">Live</span></p>` : html`<p class="live">Report of ${time(state.check?.at ?? state.at)}</p>`}
    ${canCheck && html`<button type="button" class="primary needs-script" id="check">Check now</button>`}
  </div>
</header>
<p class="visually-hidden" id="announce" role="status"></p>
<p class="notice" id="notice" role="alert" hidden></p>
<main>
  <section id="verdict" tabindex="-1">${parts.verdict}</section>
  ${section('memory', memoryView(state), html` aria-label="Memory over time"`)}
  <section id="leaks" class="leaks"${parts.leaks === null && html` hidden`}>${parts.leaks}</section>
  ${section('classes', parts.classes)}
  ${section('rounds', parts.rounds)}
  ${section('options', parts.options)}
</main>
<footer>${isLive && allowSnapshot && openHint()}<p>seep ${state.seep}${isLive && html` · <a href="?format=json">This page as JSON</a>`}</p><p>This page contains names of classes, properties and files, but no contents of strings.</p></footer>`
}

module.exports = { MEMORY_CHARTS, SERIES, bodyView, memorySummary, memoryView, sections, titleOf }

'use strict'

/* global location, matchMedia, requestAnimationFrame */

/** Makes the page interactive: charts, buttons and live updates. */

const { bytes, timeText } = require('../view/format')
const { cardsOf } = require('../view/leak')
const { leakMarkdown } = require('../view/markdown')
const { MEMORY_CHARTS, memorySummary, memoryView, sections, titleOf } = require('../view/page')
const { growthChart, memoryChart } = require('./charts')
const { copy } = require('./copy')
const { Live } = require('./live')

/** One hour at intervals of five seconds, as in the process. */
const MAX_RECENT = 720

const byId = (id) => document.getElementById(id)
const readJson = (id) => JSON.parse(byId(id).textContent)

const settings = readJson('settings')
const name = document.querySelector('.service')?.textContent ?? null
let state = readJson('state')
let revision = settings.revision
let range = 'recent'
const hidden = new Set()
const shown = {}
const charts = new Map()

/* Memory */

function rows() {
  const { recent, whole } = state.memory
  if (range === 'recent' || !whole) return recent
  // The whole series is coarse, so the latest sample is appended.
  const last = recent.at.length - 1
  if (last < 0) return whole
  return Object.fromEntries(
    Object.keys(whole).map((key) => [key, [...whole[key], recent[key][last]]])
  )
}

function showValues(index) {
  const shownRows = rows()
  const at = index ?? shownRows.at.length - 1
  for (const element of document.querySelectorAll('[data-value]')) {
    const value = shownRows[element.dataset.value][at]
    element.textContent = value === undefined ? '' : bytes(value)
  }
}

const memorySource = {
  rows,
  captures: () =>
    state.rounds.filter(({ kind }) => kind === 'check').map(({ at }) => Date.parse(at) / 1000),
  isShown: (series) => !hidden.has(series),
  onCursor: showValues
}

function memoryHosts() {
  return [...document.querySelectorAll('[data-memory]')]
}

function seriesOf(id) {
  return MEMORY_CHARTS.find((chart) => chart.id === id).series
}

function updateMemory() {
  for (const host of memoryHosts()) {
    charts.get(host)?.update()
    host.setAttribute('aria-label', memorySummary(state.memory, seriesOf(host.dataset.memory)))
  }
  showValues(null)
}

function mount(host) {
  if (charts.has(host) || host.clientWidth === 0) return
  const { chart, leak: id, memory } = host.dataset
  if (memory !== undefined) {
    charts.set(host, memoryChart(host, seriesOf(memory), memorySource))
    return
  }
  const leak = cardsOf(state).find((card) => card.leak.id === id)?.leak
  if (leak) charts.set(host, growthChart(host, leak.growth[chart], chart === 'retainedBytes'))
}

function mountAll() {
  for (const [host, chart] of charts) {
    if (host.isConnected) continue
    chart.destroy()
    charts.delete(host)
  }
  for (const host of document.querySelectorAll('.chart')) mount(host)
}

function repaint() {
  for (const chart of charts.values()) chart.destroy()
  charts.clear()
  mountAll()
}

/* Sections */

/** Replaces the content of an element, but keeps open details and the focus. */
function replace(element, text) {
  const open = new Map(
    [...element.querySelectorAll('details')].map((it, i) => [it.id || i, it.open])
  )
  const focused = element.contains(document.activeElement) ? pathTo(document.activeElement) : null
  element.innerHTML = text
  element.hidden = text === ''
  ;[...element.querySelectorAll('details')].forEach((it, i) => {
    it.open = open.get(it.id || i) ?? it.open
  })
  if (focused !== null) element.querySelector(focused)?.focus({ preventScroll: true })
}

function pathTo(element) {
  if (element.id) return `#${CSS.escape(element.id)}`
  if (element.dataset.copy) return `[data-copy="${CSS.escape(element.dataset.copy)}"]`
  const card = element.closest('details[id]')
  if (card && element.localName === 'summary') return `#${CSS.escape(card.id)} > summary`
  const href = element.getAttribute('href')
  return href ? `[href="${CSS.escape(href)}"]` : element.localName
}

function render() {
  for (const [id, content] of Object.entries(sections(state, settings.focus))) {
    const text = content?.toString() ?? ''
    if (shown[id] === text) continue
    shown[id] = text
    replace(byId(id), text)
  }
  // Its values change constantly and are updated in place. Here it is only created.
  if (state.memory !== null && byId('memory').hidden) {
    replace(byId('memory'), memoryView(state).toString())
  }
  document.title = titleOf(state, name)
  mountAll()
}

/* Live updates */

function append(recent, more) {
  return Object.fromEntries(
    Object.keys(recent).map((key) => [key, [...recent[key], ...more[key]].slice(-MAX_RECENT)])
  )
}

function take(news) {
  if (news.instance !== settings.instance) {
    notify(
      'Another process answered, or this one was restarted. Reload the page to see the new one.'
    )
    setLive('off', 'Paused')
    live.end()
    return
  }
  const before = state.check?.at
  revision = news.revision
  if (news.state !== null) state = news.state
  else if (state.memory !== null && news.recent !== null) {
    state.memory = { ...state.memory, recent: append(state.memory.recent, news.recent) }
  }
  state.at = news.at
  state.status = { ...state.status, ...news.status }
  render()
  if (state.memory !== null) updateMemory()
  showChecking()
  if (state.check !== null && state.check.at !== before) {
    byId('announce').textContent = `Check finished: ${document.querySelector('h1').textContent}`
  }
  if (state.status.state === 'stopped') {
    setLive('off', 'Stopped')
    live.end()
  }
}

function setLive(tone, text) {
  byId('live').dataset.live = tone
  byId('live-text').textContent = text
}

function notify(text) {
  const notice = byId('notice')
  notice.textContent = text ?? ''
  notice.hidden = text === null
}

function showChecking() {
  const button = byId('check')
  if (button === null) return
  const isChecking = state.status.checking
  button.setAttribute('aria-disabled', String(isChecking || state.status.state === 'stopped'))
  button.textContent = isChecking ? 'Checking…' : 'Check now'
}

let live = null

function goLive() {
  let isLost = false
  live = new Live(settings, {
    query: () => {
      const after = state.memory?.recent.at.at(-1) ?? 0
      return `after=${after}&revision=${revision}`
    },
    isChecking: () => state.status.checking,
    news: take,
    lost(error) {
      if (error !== null) {
        isLost = true
        setLive('lost', 'Disconnected')
        notify(`${error} The page shows the last known state.`)
      } else if (isLost) {
        isLost = false
        setLive('on', 'Live')
        notify(null)
      }
    }
  })
  byId('check')?.addEventListener('click', async () => {
    if (byId('check').getAttribute('aria-disabled') === 'true') return
    state.status.checking = true
    showChecking()
    byId('announce').textContent = 'Check started'
    const problem = await live.check()
    if (problem === null) return
    state.status.checking = false
    showChecking()
    notify(problem)
  })
}

/* The page itself */

async function copyLeak(button) {
  const leak = cardsOf(state).find((card) => card.leak.id === button.dataset.copy)?.leak
  if (leak === undefined) return
  const text = (await copy(leakMarkdown(leak))) ? 'Copied' : 'Copying failed'
  button.textContent = text
  byId('announce').textContent = text
  setTimeout(() => {
    button.textContent = 'Copy as Markdown'
  }, 2000)
}

function openTarget() {
  const target = location.hash.length > 1 ? byId(location.hash.slice(1)) : null
  if (target?.matches('details.leak')) {
    target.open = true
    target.scrollIntoView()
    target.querySelector('summary').focus({ preventScroll: true })
  }
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button')
  if (button?.dataset.copy) copyLeak(button)
  if (button?.dataset.range) {
    range = button.dataset.range
    for (const it of document.querySelectorAll('[data-range]')) {
      it.setAttribute('aria-pressed', String(it === button))
    }
    updateMemory()
  }
  if (button?.dataset.series) {
    const series = button.dataset.series
    if (!hidden.delete(series)) hidden.add(series)
    button.setAttribute('aria-pressed', String(!hidden.has(series)))
    for (const host of memoryHosts()) charts.get(host)?.show(series, !hidden.has(series))
  }
})
// A closed card has no width, so its charts are created later. The event does not bubble.
document.addEventListener('toggle', mountAll, true)
addEventListener('hashchange', openTarget)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint)

/** Completes the command that opens this process's heap; an origin has no password that may be in the address. */
function completeOpenCommand() {
  const command = byId('open-command')
  if (command !== null) command.textContent = `npx seep open ${location.origin}${location.pathname}`
}

document.documentElement.classList.remove('no-script')
completeOpenCommand()
// The process wrote UTC; from here on, times are local.
for (const it of document.querySelectorAll('header time')) it.textContent = timeText(it.dateTime)
render()
openTarget()
// Waits for fonts and layout, because a chart that is created too early is too narrow.
requestAnimationFrame(mountAll)
if (settings.isLive && state.status.state !== 'stopped') goLive()
if (settings.isLive && state.status.state === 'stopped') setLive('off', 'Stopped')

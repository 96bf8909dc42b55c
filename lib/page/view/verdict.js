'use strict'

/** The verdict at a glance: whether there is a leak, and how fast it grows. */

const { bytes, count, duration, milliseconds, perHour, plural, signed, time } = require('./format')
const { html } = require('./html')

const ICONS = {
  bad: html`<path d="M12 3 2.5 20h19L12 3Z"/><path d="M12 10v4.5M12 17.2v.3"/>`,
  warn: html`<path d="M4 17 10 11l4 4 6-8"/><path d="M15 7h5v5"/>`,
  good: html`<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.7L16 9.5"/>`,
  calm: html`<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.2 2"/>`
}

const CAPTURES = { walk: 'heap walked', fork: 'forked capture', inline: 'in-process capture' }

function icon(tone) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${ICONS[tone]}</svg>`
}

/** Returns the number of snapshots that the first verdict needs, and of those taken: one to start with, and one per interval. */
function stepsTo(state) {
  const needed = (state.status?.options?.minChecks ?? 3) + 1
  return { needed, taken: Math.min(needed - 1, state.status?.captures ?? 1) }
}

function rateOf(leaks) {
  return leaks.reduce((sum, { growth }) => sum + growth.bytesPerHour, 0)
}

const ANSWERS = {
  leak({ check: { leaks } }) {
    const together = leaks.length > 1 ? 'Together they grow' : 'It grows'
    return {
      tone: 'bad',
      title: leaks.length === 1 ? 'One leak is confirmed' : `${leaks.length} leaks are confirmed`,
      text: `${together} by ${bytes(rateOf(leaks))} per hour.`
    }
  },
  suspected({ check: { suspects } }) {
    return {
      tone: 'warn',
      title:
        suspects.length === 1 ? 'Something is growing' : `${suspects.length} things are growing`,
      text: 'Not for long enough yet to call it a leak: growth that stops after a while is not a leak.'
    }
  },
  healthy: () => ({
    tone: 'good',
    title: 'Healthy',
    text: 'Nothing grows from snapshot to snapshot.'
  }),
  'native-growth': ({ check: { native } }) => ({
    tone: 'warn',
    title: 'Memory grows outside the JavaScript heap',
    text: `${native.title}. ${native.advice}`
  }),
  'insufficient-data'(state) {
    const { needed, taken } = stepsTo(state)
    return {
      tone: 'calm',
      title: 'Too early to say',
      text: `${taken} of the ${needed} snapshots for a verdict have been taken. Nothing has grown so far.`
    }
  },
  skipped: ({ check: { skip } }) => ({
    tone: 'calm',
    title: 'No verdict',
    text: `Skipped: ${skip.message} (${skip.code}).`
  })
}

function answer(state) {
  const { status, check } = state
  if (status !== null && !status.enabled) {
    return { tone: 'calm', title: 'seep is off', text: `${status.disabledReason}.` }
  }
  if (check !== null) return ANSWERS[check.verdict](state)
  if (status?.state === 'idle') {
    return { tone: 'calm', title: 'Not started', text: 'The detector was created but not started.' }
  }
  const every = status?.options?.intervalMs
  const wait = duration(every ?? 0)
  const text = `The first check runs ${wait} after the start, and then every ${wait}.`
  return { tone: 'calm', title: 'No check yet', text }
}

/** Returns a list of links, if there are several leaks. */
function index(leaks) {
  if (leaks.length < 2) return null
  return html`<ol class="jump">
    ${leaks.map(
      ({ id, items, container, growth }) =>
        html`<li><a href="#leak-${id}"><span class="jump-name">${items.label} in <code>${container.name ?? container.label}</code></span> <span class="num">${perHour(growth.bytesPerHour)}</span></a></li>`
    )}
  </ol>`
}

function tile(label, value, note) {
  return html`<div class="tile"><dt>${label}</dt><dd><span class="tile-value">${value}</span>${
    note && html` <span class="tile-note">${note}</span>`
  }</dd></div>`
}

/** Returns the latest memory sample, or else the memory figures of the last check. */
function memoryNow({ memory, check }) {
  const recent = memory?.recent
  if (!recent || recent.at.length === 0) return check?.memory ?? null
  const last = (name) => recent[name].at(-1)
  return Object.fromEntries(Object.keys(recent).map((name) => [name, last(name)]))
}

function tiles(state) {
  const { check, rounds, status, memory } = state
  const now = memoryNow(state)
  const first = memory?.whole?.floorBytes[0]
  const cost = rounds.findLast(({ kind }) => kind === 'check')?.cost ?? check?.cost
  const skipped = Object.values(status?.skips ?? {}).reduce((sum, n) => sum + n, 0)
  const growth = now && first !== undefined ? now.floorBytes - first : null
  return html`<dl class="tiles">
    ${now && tile('After collection', bytes(now.floorBytes), growth !== null && `${signed(growth, bytes)} since start`)}
    ${now && tile('Heap in use', bytes(now.heapUsedBytes))}
    ${now && tile('Resident', bytes(now.rssBytes))}
    ${check?.snapshot && tile('Objects', count(check.snapshot.nodes), bytes(check.snapshot.selfBytes))}
    ${cost && tile('Last pause', milliseconds(cost.pauseMs), CAPTURES[cost.capture])}
    ${status && tile('Checks', count(status.captures), skipped > 0 && plural(skipped, 'round skipped', 'rounds skipped'))}
  </dl>`
}

function when(state) {
  const { check, status } = state
  if (check === null || status === null) return null
  const next =
    status.state === 'watching' &&
    html` Checks run every ${duration(status.options.intervalMs)}${status.options.gate === 'growth' && ' if memory has grown'}.`
  const stopped = status.state === 'stopped' && ' The detector is stopped.'
  return html`Last check at ${time(check.at, state.at)}.${next}${stopped}`
}

function verdictView(state) {
  const { tone, title, text } = answer(state)
  return html`<div class="verdict" data-tone="${tone}">
    ${icon(tone)}
    <div class="verdict-text">
      <h1>${title}</h1>
      <p>${text} <span class="when">${when(state)}</span></p>
    </div>
    ${index(state.check?.leaks ?? [])}
  </div>
  ${tiles(state)}`
}

module.exports = { answer, verdictView }

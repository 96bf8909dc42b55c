'use strict'

/** The cards of leaks: growth, retaining path and advice. */

const { bytes, count, percent, plural, time, wholePlace, withCode } = require('./format')
const { html } = require('./html')
const { stacksView } = require('./stacks')

/** Deepest level of indentation. */
const DEEPEST = 10

const STANDING = {
  leak: { tone: 'bad', label: 'Leak' },
  suspected: { tone: 'warn', label: 'Growing' },
  earlier: { tone: 'calm', label: 'Resolved' }
}

/** Returns the location of a step, unless its text already contains it, as for modules. */
function location(where, said) {
  const text = where?.label ?? ''
  return (
    text !== '' &&
    !said.endsWith(text) &&
    html` <span class="place" title="${wholePlace(where)}">${text}</span>`
  )
}

function step(leak, at, depth, isLast) {
  const note =
    at.suspect &&
    html` <span class="suspect-note"><strong>Suspect</strong> ${count(leak.items.count)} held, +${count(leak.items.addedCount)}</span>`
  const target =
    depth > 0 &&
    html` <span class="arrow" aria-label="refers to">→</span> <span class="class">${at.label}</span>`
  return html`<li class="d${Math.min(depth, DEEPEST)}${at.suspect && ' suspect'}${isLast && ' last'}"><span class="step"><span class="edge">${at.edge.label}</span>${target}${location(at.location, at.edge.label)}${note}</span></li>`
}

function tree(leak) {
  // Who holds it is not known if only its allocations are.
  if (leak.path.length === 0) return null
  const last = leak.path.length - 1
  return html`<ol class="tree">${leak.path.map((at, depth) => step(leak, at, depth, depth === last))}</ol>`
}

function chart(leak, series, label, summary) {
  return html`<figure class="growth">
    <figcaption>${label}</figcaption>
    <div class="chart" data-chart="${series}" data-leak="${leak.id}" role="img" aria-label="${label}: ${summary}"></div>
  </figure>`
}

/** Returns the values of a chart as text, for screen readers. */
function series(values, format) {
  return values.map(format).join(', ')
}

function figure(label, value) {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

function detail(label, value) {
  return value && html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

function described(label, name, where) {
  const file = wholePlace(where)
  return html`${label}${name !== null && html` <code>${name}</code>`}${
    file &&
    html` <span class="file">${file}${where.functionName && ` in ${where.functionName}`}</span>`
  }`
}

/**
 * @param {object} leak a LeakReport
 * @param {{ standing: 'leak' | 'suspected' | 'earlier', isOpen: boolean, now: string, lastSeenAt?: string }} card
 */
function leakView(leak, { standing, isOpen, now, lastSeenAt }) {
  const { tone, label } = STANDING[standing]
  const { container, items, growth } = leak
  return html`<details class="leak" id="leak-${leak.id}" data-tone="${tone}"${isOpen && html` open`}>
    <summary>
      <span class="badges"><span class="badge" data-tone="${tone}">${label}</span> <span class="kind">${leak.kind.replace('-', ' ')}</span></span>
      <h3>${withCode(leak.title)}</h3>
      <dl class="figures">
        ${figure('Keeps alive', bytes(container.retainedBytes))}
        ${figure('Fixing it frees', `at least ${bytes(items.exclusiveBytes)}`)}
        ${figure('Confidence', percent(leak.confidence))}
        ${figure('Growing since', time(growth.firstSeen, now))}
        ${lastSeenAt && figure('Last seen', time(lastSeenAt, now))}
      </dl>
    </summary>
    <div class="leak-body">
      <div class="growths">
        ${chart(leak, 'counts', `${items.label} held, per snapshot`, series(growth.counts, count))}
        ${chart(leak, 'retainedBytes', 'Memory they keep alive, per snapshot', series(growth.retainedBytes, bytes))}
      </div>
      <section class="path">
        <h4>Retaining path</h4>
        ${tree(leak)}
      </section>
      ${stacksView(leak)}
      <section class="advice">
        <h4>How to fix it</h4>
        <p>${withCode(leak.advice)}</p>
      </section>
      <dl class="details">
        ${detail('Container', described(container.label, container.name, container.location))}
        ${detail('Items', described(items.label, null, items.location))}
        ${detail('Grew in', plural(growth.checks, 'check'))}
        ${detail('Known pattern', leak.pattern && html`<code>${leak.pattern}</code>`)}
        ${detail('Fingerprint', html`<code class="fingerprint">${leak.id}</code>`)}
      </dl>
      <p class="card-actions needs-script"><button type="button" data-copy="${leak.id}">Copy as Markdown</button></p>
    </div>
  </details>`
}

/** Returns all leaks of a page, the most urgent first. */
function cardsOf({ check, earlier }) {
  return [
    ...(check?.leaks ?? []).map((leak) => ({ leak, standing: 'leak' })),
    ...(check?.suspects ?? []).map((leak) => ({ leak, standing: 'suspected' })),
    ...earlier.map(({ leak, lastSeenAt }) => ({ leak, standing: 'earlier', lastSeenAt }))
  ]
}

/** @param {string | null} focus id of the leak to open; otherwise the first one is open */
function leaksView(state, focus = null) {
  const cards = cardsOf(state)
  if (cards.length === 0) return null
  const open = cards.some(({ leak }) => leak.id === focus) ? focus : cards[0].leak.id
  return html`<h2>Leaks and suspects</h2>
  ${cards.map(({ leak, ...card }) => leakView(leak, { ...card, isOpen: leak.id === open, now: state.at }))}`
}

module.exports = { cardsOf, leaksView }

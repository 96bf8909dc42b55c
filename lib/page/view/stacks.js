'use strict'

/** Which code created and stored the objects of a leak: the two functions, and an icicle of the stacks for each role. */

const { bytes, percent, plural, wholePlace } = require('./format')
const { html } = require('./html')

const ROW_HEIGHT = 22
/** Longer runs of frames outside the program are drawn as one. */
const LONGEST_RUN = 2

const ROLES = [
  { role: 'item', label: 'What creates the items' },
  { role: 'store', label: 'What stores them' },
  { role: 'content', label: 'What creates their contents' },
  { role: 'unknown', label: 'What creates objects that stay alive' }
]

/** What `createdIn` says, if not that it creates the items. */
const CREATED = { content: 'Contents created in', unknown: 'What stays alive is created in' }

function nameOf({ functionName }) {
  return functionName ?? '(anonymous)'
}

function placeView(place) {
  const file = wholePlace(place)
  return html`<code>${nameOf(place)}</code>${file && html` <span class="file">${file}</span>`} ${percent(place.share)} of ${plural(place.samples, 'sample')}`
}

/** Returns the frames of a stack as the rows of an icicle, the outermost caller first. */
function rowsOf({ frames }) {
  const rows = []
  let run = []
  const flush = () => {
    if (run.length > LONGEST_RUN) rows.push({ label: `${run.length} frames outside the program` })
    else for (const frame of run) rows.push(frameRow(frame))
    run = []
  }
  for (const frame of [...frames].reverse()) {
    if (frame.kind === 'app') {
      flush()
      rows.push(frameRow(frame))
    } else run.push(frame)
  }
  flush()
  return rows
}

function frameRow(frame) {
  return { label: nameOf(frame), place: frame.label ?? '', isApp: frame.kind === 'app' }
}

/** Merges stacks with the same callers into a tree. */
function treeOf(stacks) {
  const root = { children: new Map(), bytes: 0 }
  for (const stack of stacks) {
    let at = root
    at.bytes += stack.bytes
    for (const row of rowsOf(stack)) {
      const key = `${row.label}\n${row.place}`
      if (!at.children.has(key)) at.children.set(key, { ...row, children: new Map(), bytes: 0 })
      at = at.children.get(key)
      at.bytes += stack.bytes
    }
  }
  return root
}

function depthOf({ children }) {
  return Math.max(0, ...[...children.values()].map((child) => 1 + depthOf(child)))
}

/** Returns the boxes below a node. `x` and `width` are shares of the icicle, in percent. */
function boxes({ children, bytes: whole }, x, width, row) {
  let left = x
  return [...children.values()].map((child) => {
    const share = whole === 0 ? 0 : (width * child.bytes) / whole
    const at = left
    left += share
    return html`<svg x="${at.toFixed(3)}%" y="${row * ROW_HEIGHT}" width="${share.toFixed(3)}%" height="${ROW_HEIGHT - 1}" class="frame${child.isApp && ' app'}"><title>${child.label} ${child.place}: ${bytes(child.bytes)}</title><rect width="100%" height="100%"/><text x="6" y="15">${child.label}</text></svg>${boxes(child, at, share, row + 1)}`
  })
}

function asText({ frames, share, samples, cutByAwait }) {
  const lines = frames.map((frame) => `  ${nameOf(frame)} ${frame.label ?? ''}`.trimEnd())
  if (cutByAwait) lines.push('  (continues after an await, or called by V8)')
  return `${percent(share)}, ${plural(samples, 'sample')}\n${lines.join('\n')}`
}

function icicle(label, stacks) {
  const root = treeOf(stacks)
  const height = depthOf(root) * ROW_HEIGHT
  if (height === 0) return null
  return html`<figure class="icicle">
    <figcaption>${label}</figcaption>
    <svg class="frames" width="100%" height="${height}" role="img" aria-label="${label}: the same stacks follow as text">${boxes(root, 0, 100, 0)}</svg>
    <details class="stack-text"><summary>As text</summary><pre>${stacks.map(asText).join('\n\n')}</pre></details>
  </figure>`
}

/** Returns the functions that created and stored the objects of a leak, as far as they are known, each with a label. */
function originsOf({ allocations }) {
  const { createdIn = null, storedIn = null } = allocations ?? {}
  const created = CREATED[createdIn?.role] ?? 'Created in'
  const origins = [
    { label: created, place: createdIn },
    { label: 'Stored in', place: storedIn }
  ]
  return origins.filter(({ place }) => place !== null)
}

/** @param {object} leak a LeakReport */
function stacksView(leak) {
  if (leak.allocations == null) return null
  const { stacks } = leak.allocations
  return html`<section class="origin">
    <h4>Where it was allocated</h4>
    <dl class="details">
      ${originsOf(leak).map(({ label, place }) => html`<div><dt>${label}</dt><dd>${placeView(place)}</dd></div>`)}
    </dl>
    ${ROLES.map(({ role, label }) =>
      icicle(
        label,
        stacks.filter((stack) => stack.role === role)
      )
    )}
  </section>`
}

module.exports = { originsOf, stacksView }

/** The heap by sort of memory, as in the Statistics view of DevTools. */

import { bytes, percent } from '../../data/words.mjs'

const SORTS = [
  ['code', 'Code'],
  ['strings', 'Strings'],
  ['jsArrays', 'Arrays'],
  ['typedArrays', 'Typed arrays'],
  ['system', 'V8’s own objects'],
  ['native', 'Native']
]

/** DevTools counts the typed arrays among what is native. */
function partsOf({ total, v8heap, native, ...sizes }) {
  const own = { ...sizes, native: native - (sizes.typedArrays ?? 0) }
  const known = SORTS.map(([name, label]) => ({ name, label, size: Math.max(0, own[name] ?? 0) }))
  const rest = total - known.reduce((sum, { size }) => sum + size, 0)
  return [{ name: 'objects', label: 'Other objects', size: Math.max(0, rest) }, ...known]
}

export function Statistics({ statistics }) {
  const parts = partsOf(statistics).filter(({ size }) => size > 0)
  const { total } = statistics
  return (
    <section class="panel" aria-labelledby="statistics">
      <h2 id="statistics">By sort of memory</h2>
      <div class="stack" aria-hidden="true">
        {parts.map(({ name, size }) => (
          <span key={name} data-sort={name} style={{ flexGrow: size / total }} />
        ))}
      </div>
      <dl class="stack-legend">
        {parts.map(({ name, label, size }) => (
          <div key={name}>
            <dt>
              <span class="swatch" data-sort={name} aria-hidden="true" />
              {label}
            </dt>
            <dd>
              {bytes(size)} <span class="note">{percent(size / total)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

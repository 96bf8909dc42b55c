/** What refers to an object, and what refers to that. Some of it can be ignored, to see what else there is. */

import { ask } from '../../data/api.mjs'
import { go, href, route } from '../../data/route.mjs'
import { ReferenceTable } from './reference-table.jsx'

export function Retainers({ object }) {
  const { file, options } = route.value
  const { filter, sort, order, ignore } = options
  const ignored = (ignore ?? '').split(',').filter(Boolean)
  const load = (row, page, abort) => {
    const id = row === null ? object.id : row.id
    const narrowed = row === null ? { filter } : {}
    return ask('retainers', { file, id, sort, order, ignore, ...narrowed, ...page }, abort)
  }
  const without = ({ id }) => {
    const next = [...new Set([...ignored, String(id)])].join(',')
    go(href('object', object.id, { ...options, ignore: next }))
  }
  const action = {
    id: 'ignore',
    label: 'Ignore',
    width: '88px',
    text: () => '',
    cell: (row) =>
      ignored.includes(String(row.id)) ? (
        <span class="note">ignored</span>
      ) : row.isHeld === false ? (
        <span class="note" title="Only what is ignored leads to it">
          not held
        </span>
      ) : (
        <button
          type="button"
          class="small"
          tabIndex={-1}
          title="Look again without this object (key I)"
          onClick={() => without(row)}
        >
          Ignore
        </button>
      )
  }
  return (
    <>
      <p class="hint">
        Nearest first. Ignore a retainer (button, or key I) to look again without it, until what
        should not hold the object is left.
      </p>
      <ReferenceTable
        label="Retainers"
        load={load}
        inputs={[file, object.id, filter, sort, order, ignore]}
        canOpen={({ distance }) => distance !== 0}
        empty={
          filter ? 'No retainer has this in its name. Change the filter.' : 'Nothing refers to it.'
        }
        action={action}
        keys={{ i: without }}
        isUpward
      />
    </>
  )
}

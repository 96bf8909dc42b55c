/** The fields of an object, and theirs. */

import { ask } from '../../data/api.mjs'
import { route } from '../../data/route.mjs'
import { ReferenceTable } from './reference-table.jsx'

export function Fields({ object }) {
  const { file, options } = route.value
  const { filter, sort, order } = options
  const load = async (row, page, abort) => {
    const id = row === null ? object.id : row.id
    const narrowed = row === null ? { filter } : {}
    const asked = { file, id, paths: false, sort, order, ...narrowed, ...page }
    return (await ask('object', asked, abort)).fields
  }
  return (
    <ReferenceTable
      label="Fields"
      load={load}
      inputs={[file, object.id, filter, sort, order]}
      canOpen={({ kind }) => kind !== 'number'}
      empty={filter ? 'No field has this in its name. Change the filter.' : 'It has no fields.'}
    />
  )
}

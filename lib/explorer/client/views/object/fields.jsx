/** The fields of an object, and theirs. */

import { ask } from '../../data/api.mjs'
import { route } from '../../data/route.mjs'
import { reference } from '../../data/words.mjs'
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
      canOpen={({ retainedBytes, selfBytes, kind }) =>
        kind !== 'number' && retainedBytes !== null && selfBytes !== null
      }
      empty={filter ? `No field has ${JSON.stringify(filter)} in its name.` : 'It has no fields.'}
      textOf={(row) => reference(row.edge)}
    />
  )
}

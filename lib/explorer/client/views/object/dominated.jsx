/** What would be freed with an object. */

import { route } from '../../data/route.mjs'
import { DominatorTree } from '../dominators.jsx'

export function Dominated({ object }) {
  const { file, options } = route.value
  return (
    <DominatorTree
      file={file}
      id={object.id}
      label="Keeps alive"
      empty={
        options.filter
          ? 'Nothing below it has this in its name. Change the filter.'
          : 'It keeps nothing but itself alive.'
      }
    />
  )
}

/** What would be freed with an object. */

import { route } from '../../data/route.mjs'
import { DominatorTree } from '../dominators.jsx'

export function Dominated({ object }) {
  const { file } = route.value
  return (
    <DominatorTree
      file={file}
      id={object.id}
      label="Keeps alive"
      empty="It keeps nothing but itself alive."
    />
  )
}

/** The views, and the links to them. */

import { session } from '../data/files.mjs'
import { href, route } from '../data/route.mjs'
import { clipped } from '../data/words.mjs'
import { Class } from '../views/class.jsx'
import { Classes } from '../views/classes.jsx'
import { Compare } from '../views/compare.jsx'
import { Dominators } from '../views/dominators.jsx'
import { Holder } from '../views/holder.jsx'
import { Holders } from '../views/holders.jsx'
import { HeapObject } from '../views/object.jsx'
import { Overview } from '../views/overview.jsx'
import { Search } from '../views/search.jsx'
import { Strings } from '../views/strings.jsx'
import { Icon } from './icon.jsx'

/** `isEarly`: needs no retained sizes. `part`: the entry of the navigation that it belongs to, if it has none. */
export const VIEWS = {
  overview: { id: 'overview', label: 'Overview', view: Overview },
  holders: { id: 'holders', label: 'Holders', view: Holders },
  classes: { id: 'classes', label: 'Classes', view: Classes, isEarly: true },
  dominators: { id: 'dominators', label: 'Dominators', view: Dominators },
  strings: { id: 'strings', label: 'Strings', view: Strings },
  compare: { id: 'compare', label: 'Compare', view: Compare },
  search: { id: 'search', label: 'Search', view: Search },
  holder: { id: 'holder', label: 'Holder', view: Holder, part: 'holders', titleOf: () => 'Holder' },
  class: {
    id: 'class',
    label: 'Class',
    view: Class,
    part: 'classes',
    titleOf: (name) => clipped(name, 60)
  },
  object: {
    id: 'object',
    label: 'Object',
    view: HeapObject,
    titleOf: (id) => `@${clipped(id, 20)}`
  }
}
const LINKS = ['overview', 'holders', 'classes', 'dominators', 'strings', 'compare']

export function Navigation() {
  const { view } = route.value
  const current = VIEWS[view]?.part ?? view
  const isOne = session.value.files.length === 1
  return (
    <nav aria-label="Views">
      {LINKS.filter((id) => id !== 'compare' || !isOne).map((id) => (
        <a key={id} href={href(id)} aria-current={id === current ? 'page' : undefined}>
          <Icon name={id} />
          {VIEWS[id].label}
        </a>
      ))}
    </nav>
  )
}

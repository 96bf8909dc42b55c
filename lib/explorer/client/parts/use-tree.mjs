/** A tree that is made anew when what it shows changes, and keeps its open rows in the address (a hook). */

import { useEffect, useMemo } from 'preact/hooks'
import { noteOptions, route } from '../data/route.mjs'
import { Tree } from '../data/tree.mjs'

/** Keys of open rows that an address holds; browsers and servers bound its length. */
const MOST_OPEN = 60

/**
 * @param {object} options those of a Tree
 * @param {unknown[]} inputs what the rows depend on
 * @param {string} [name] of the option that holds the open rows
 */
export function useTree(options, inputs, name = 'open') {
  const tree = useMemo(() => {
    const opened = (route.peek().options[name] ?? '').split(',').filter(Boolean)
    const onOpened = (keys) => noteOptions({ [name]: keys.slice(-MOST_OPEN).join(',') })
    return new Tree({ ...options, opened, onOpened })
  }, inputs)
  useEffect(() => () => tree.stop(), [tree])
  return tree
}

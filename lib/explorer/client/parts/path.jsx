/** A path from where names begin down to an object. */

import { href } from '../data/route.mjs'
import { bytes, objectName, plural, reference } from '../data/words.mjs'
import { Name, Place } from './name.jsx'

/** Deepest indentation. */
const DEEPEST = 12

/** @param {{ steps: { key: string, edge: string, what: string, href: string, location: object | null, size: number }[], gapAt?: number, gap?: number }} props */
export function Path({ steps, gap = 0 }) {
  const middle = Math.floor(steps.length / 2)
  return (
    <ol class="path-tree">
      {steps.map((step, i) => (
        <>
          {gap > 0 && i === middle && (
            <li class="gap" style={{ '--depth': Math.min(i, DEEPEST) }}>
              … {plural(gap, 'step')} …
            </li>
          )}
          <li key={step.key} style={{ '--depth': Math.min(i, DEEPEST) }}>
            <Name class="edge" text={step.edge} />
            {step.what !== '' && (
              <>
                <span class="arrow" aria-hidden="true">
                  →
                </span>
                <a class="name" href={step.href}>
                  <Name text={step.what} />
                </a>
              </>
            )}
            <Place
              location={step.edge.endsWith(step.location?.label ?? '\0') ? null : step.location}
            />
            {step.size !== undefined && <span class="size">{bytes(step.size)}</span>}
          </li>
        </>
      ))}
    </ol>
  )
}

/** Steps of the path by which a person knows an object (`object().path`). */
export function readableSteps(path) {
  return path.map(({ id, edge, label, location, retainedBytes }) => ({
    key: `${id}`,
    edge: edge.label,
    what: label,
    href: href('object', id),
    location,
    size: retainedBytes
  }))
}

/** Steps of a path as V8 has them (`object().shortestPath`, `path().steps`). */
export function shortestSteps(path) {
  return path.map((row) => ({
    key: `${row.id}`,
    edge: reference(row.edge),
    what: `${objectName(row)} @${row.id}`,
    href: href('object', row.id),
    location: null,
    size: row.retainedBytes
  }))
}

export const stepTexts = (steps) =>
  steps.map(({ edge, what, size }) => {
    const target = what === '' ? '' : ` → ${what}`
    return `${edge}${target}${size === undefined ? '' : `  ${bytes(size)}`}`
  })

/** How figures and names are written. */

import { bytes, count, frame, isCreator, plural, visible } from '../../../describe.js'

export { bytes, count, frame, isCreator, plural }

/** Longest name in a row; a name may be as long as its string. */
const LONGEST = 300
/** V8 adds this to the distance of objects that only its own roots lead to. */
const BEYOND = 100_000_000

/** Returns a name on one line, with its control characters visible. */
export function oneLine(text) {
  return visible(text).replaceAll('\n', '\\n')
}

/** Returns a name on one line that is not longer than a screen. */
export function clipped(text, most = LONGEST) {
  if (text.length <= most) return oneLine(text)
  return `${oneLine(text.slice(0, most).replace(/[\ud800-\udbff]$/, ''))}…`
}

export function percent(share) {
  if (!Number.isFinite(share)) return ''
  if (share > 0 && share < 0.001) return '< 0.1 %'
  return `${(share * 100).toFixed(share < 0.9995 ? 1 : 0)} %`
}

export function distance(value) {
  if (value === null || value === undefined) return '–'
  return count(value >= BEYOND ? value - BEYOND : value)
}

export function signed(value, format) {
  if (value === 0) return '0'
  return `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`
}

/** Returns a place in a source file, short. */
export function place(location) {
  return location?.label ? oneLine(location.label) : ''
}

/** Returns a place in a source file with its whole path, which editors understand. */
export function wholePlace(location) {
  if (!location?.file) return ''
  const { file, line, column } = location
  return oneLine([file, line, line === null ? null : column].filter((it) => it !== null).join(':'))
}

/** Returns what an object is called: its class, and the name that V8 gives it. */
export function objectName({ className, name, kind }) {
  // The class of a root is no more than "(synthetic)".
  if (kind === 'synthetic') return name || '(root)'
  if (kind === 'hidden' && name) return name
  const own = name && name !== className ? ` ${name}` : ''
  return `${className}${own}`
}

/** Returns how a reference is written in code, where it can be. */
export function reference({ kind, name }) {
  switch (kind) {
    case 'element':
      return `[${name}]`
    case 'property':
      return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
        ? `.${name}`
        : `[${JSON.stringify(name)}]`
    case 'context':
      return name
    default:
      return `(${kind}) ${name}`
  }
}

const NEXT_STEPS = {
  unreachable: 'Run it again in the terminal, and open the address that it prints.',
  ERR_FILE_OS: 'Check that the file is still there and unchanged, then run seep open again.',
  ERR_CAPTURE_NO_MEMORY: 'Close other programs, or look at the file on a machine with more memory.',
  ERR_HEAP_CLOSED: 'Reload the page.'
}

/** Returns what a person can do about an error. */
export function nextStep({ code }) {
  if (/^ERR_SNAPSHOT_/.test(code)) return 'Take the snapshot again, or open another file.'
  return NEXT_STEPS[code] ?? 'Reload the page. If it happens again, report it with this message.'
}

export function baseName(path) {
  return oneLine(path.split(/[\\/]/).at(-1))
}

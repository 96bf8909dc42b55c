/**
 * Colours of cells. One hash gives one colour in both themes, in every snapshot and on every
 * machine. Text on each has a contrast of at least 7.
 */

const LIGHT = {
  ink: '#171a20',
  fills: [
    ...['#8be0d5', '#ffb7c6', '#a5d4fc', '#f5c393', '#dac0fb', '#c1d89b'],
    ...['#fdbcab', '#8adcf1', '#f1b9e4', '#dfce8d', '#c0cbfc', '#a1dfb6']
  ],
  /** The rest of a parent: paper, lines. */
  rest: ['#eef0f4', '#d3d8e0'],
  border: '#ffffff'
}

const DARK = {
  ink: '#f2f4f8',
  fills: [
    ...['#005a52', '#6f3b47', '#265173', '#69441c', '#57426e', '#445423'],
    ...['#703d30', '#005766', '#663d5d', '#5a4c14', '#414976', '#26593b']
  ],
  rest: ['#20252e', '#353c49'],
  border: '#16191f'
}

export const THEMES = { light: LIGHT, dark: DARK }

/** Returns which of the fills a name has. */
export function fillOf(name) {
  // FNV-1a. Names of classes are short; of a long one, the beginning is enough.
  let hash = 0x811c9dc5
  for (let i = 0; i < Math.min(name.length, 256); i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  }
  // The low bits of FNV alone are too regular.
  hash ^= hash >>> 15
  return (hash >>> 0) % LIGHT.fills.length
}
